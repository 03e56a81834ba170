import { parseArgs } from 'node:util';
import { isService, runNetwork } from '@deai/network';

/** Runs services in a process of their own: `--port`, `--data-dir`, `--services a,b`. Prints `{"url":…}` when it serves. */
const { values } = parseArgs({
  options: { port: { type: 'string' }, 'data-dir': { type: 'string' }, services: { type: 'string' } },
});
const services = values.services?.split(',').filter(isService);
const network = await runNetwork({
  port: Number(values.port ?? 0),
  ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
  ...(services ? { services } : {}),
});
const stop = () => void network.stop().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.stdout.write(`${JSON.stringify({ url: network.url })}\n`);
