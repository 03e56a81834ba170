import { mkdir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import pc from 'picocolors';
import { readConfig } from './config.ts';
import { createProcesses } from './processes.ts';
import { runDemo } from './run-demo.ts';

const config = readConfig();
await mkdir(config.dataDir, { recursive: true });
const processes = createProcesses(config.dataDir);
const stopping = new AbortController();

/** The first signal stops in order, and so does every further one: nothing may be left behind. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!stopping.signal.aborted) console.error(pc.dim('\nStopping…'));
    stopping.abort();
  });
}
const stopped = new Promise<never>((_, reject) => {
  stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason), { once: true });
});
stopped.catch(() => undefined);

const begun = performance.now();
try {
  const { ok, addresses } = await Promise.race([runDemo(config, processes, stopping.signal), stopped]);
  process.exitCode = ok ? 0 : 1;
  console.log(pc.dim(`\n${((performance.now() - begun) / 1000).toFixed(1)} s in all. Logs: ${processes.logDir}`));
  if (config.keep) {
    console.log(`\n${pc.bold('Left running')} (Ctrl-C stops it):\n${addresses.map((line) => `  ${line}`).join('\n')}`);
    await stopped;
  }
} catch (error) {
  if (stopping.signal.aborted) process.exitCode = config.keep && process.exitCode === 0 ? 0 : 130;
  else {
    console.error(`${pc.red('The demo failed:')} ${error instanceof Error ? error.message : String(error)}\nLogs: ${processes.logDir}`);
    process.exitCode = 1;
  }
} finally {
  await processes.stopAll();
}
