import type { RunningNetwork } from '@deai/network';
import type { ServiceName } from '@deai/protocol';
import { Argument, type Command, Option } from 'commander';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { wholeNumber } from '../input/arguments.ts';
import type { Colors } from '../output/output.ts';
import { renderFacts } from '../output/table.output.ts';
import { onStopSignals } from '../stop-signals.ts';

const SERVICES = [
  'gateway',
  'realtime',
  'auth',
  'task-manager',
  'node-manager',
  'reward-manager',
  'price-oracle',
  'bridge',
  'monitoring',
] as const satisfies readonly ServiceName[];
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

interface RunFlags {
  dataDir?: string;
  host?: string;
  port?: number;
  databaseUrl?: string;
  natsUrl?: string;
  logLevel?: (typeof LOG_LEVELS)[number];
  logFile?: string;
}

/** `up` and `serve <service…>`: the network itself, in this process. */
export function addNetworkCommands(program: Command, cli: Cli): void {
  const up = program.command('up').description('run a whole network on this machine, until it is interrupted');
  runOptions(up).action((flags: RunFlags) => run(cli, flags));
  examples(up, [['deai up'], ['deai up --port 9000 --data-dir /srv/deai'], ['deai up --host 0.0.0.0 --database-url postgres://…']]);

  const serve = program
    .command('serve')
    .description('run some of the services, beside others elsewhere; needs --database-url and --nats-url in common')
    .addArgument(new Argument('<service...>', 'services').choices(SERVICES));
  runOptions(serve).action((services: ServiceName[], flags: RunFlags) => run(cli, flags, services));
  examples(serve, [
    ['deai serve gateway realtime --database-url postgres://… --nats-url nats://…'],
    ['DATABASE_URL=… NATS_URL=… deai serve task-manager'],
  ]);
}

function runOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port to listen on; 0 for a free one (DEAI_PORT; else 8080)', wholeNumber(0, 65_535))
    .option('--host <address>', 'address to listen on (DEAI_HOST; else 127.0.0.1)')
    .option('--data-dir <folder>', 'folder of the embedded database and objects (DEAI_DATA_DIR; else ./.deai)')
    .option('--database-url <url>', 'PostgreSQL instead of the embedded one (DATABASE_URL)')
    .option('--nats-url <url>', 'NATS instead of the bus in the process (NATS_URL)')
    .addOption(new Option('--log-level <level>', 'what to log (DEAI_LOG_LEVEL; else info)').choices(LOG_LEVELS))
    .option('--log-file <file>', 'log to a file instead of standard error');
}

async function run(cli: Cli, flags: RunFlags, services?: ServiceName[]): Promise<void> {
  const { output, config } = cli;
  const stopAsked = onStopSignals();
  // Loaded only here: the services would slow every other command.
  const { runNetwork } = await import('@deai/network');
  output.note(output.errorColors.dim(services ? `starting ${services.join(', ')}…` : 'starting the network…'));
  const network = await runNetwork({ ...flags, ...(services ? { services } : {}), pretty: output.interactive, env: { ...config.env } });
  const { url, services: running, dataDir, chain } = network;
  const onChain = chain && { rpcUrl: chain.rpcUrl, ...accountsOf(chain) };
  output.result({ url, services: running, dataDir, ...(onChain ? { chain: onChain } : {}) }, (c) => renderUp(c, network));
  await stopAsked;
  output.note(output.errorColors.dim('stopping… (once more ends it at once)'));
  await network.stop();
  output.note(`${output.errorColors.green('✔')} stopped`);
}

/** Public names alone: the network's keys stay where they are. */
function accountsOf({ network }: NonNullable<RunningNetwork['chain']>) {
  const { chainId, rootId, computeId, tokenId, treasuryId, sponsorId } = network;
  return { chainId, rootId, contractId: computeId, tokenId, treasuryId, sponsorId };
}

function renderUp(c: Colors, { url, services, dataDir, chain }: RunningNetwork): string {
  const gateway = services.includes('gateway');
  const facts = renderFacts(c, [
    ['dashboard', gateway ? c.cyan(`${url}/`) : undefined],
    ['API', gateway ? c.cyan(`${url}/api/v1`) : undefined],
    ['OpenAI API', gateway ? c.cyan(`${url}/v1`) : undefined],
    ['reference', gateway ? c.cyan(`${url}/docs/`) : undefined],
    ['events', services.includes('realtime') ? c.cyan(`${url.replace(/^http/, 'ws')}/ws`) : undefined],
    ['health', c.cyan(`${url}/health`)],
    ['metrics', c.cyan(`${url}/metrics`)],
    ['chain', chain && `${c.cyan(chain.rpcUrl)} ${c.dim(`(${chain.network.chainId}, for development)`)}`],
    ['contract', chain?.network.computeId],
    ['services', services.join(', ')],
    ['data', dataDir],
  ]);
  const next = gateway ? `\n\n${c.dim(`In another terminal: deai --url ${url} login --register, then deai node start`)}` : '';
  return `${c.green('✔')} ${c.bold(`DeAI is up at ${url}`)}\n\n${facts}${next}`;
}
