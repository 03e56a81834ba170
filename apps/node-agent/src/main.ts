import { DeaiError } from '@deai/protocol';
import { pino } from 'pino';
import { runAgent } from './agent.ts';
import { readConfig } from './config.ts';
import { drainOnSignals } from './signals.ts';

/** Runs an agent from the environment until a signal or a drain ends it. */
async function main(): Promise<void> {
  const logger = pino({ name: 'node-agent' });
  try {
    const { logLevel, ...options } = readConfig();
    logger.level = logLevel;
    const handle = await runAgent({ ...options, logger });
    drainOnSignals(handle);
    const { nodeId, capabilities } = handle.status();
    logger.info({ nodeId, kinds: capabilities.map(({ kind }) => kind) }, 'the node is up');
    await handle.closed;
  } catch (error) {
    logger.fatal(
      { err: error, ...(error instanceof DeaiError ? { code: error.code, details: error.details } : {}) },
      'the node did not start',
    );
    process.exitCode = 1;
  }
}

await main();
