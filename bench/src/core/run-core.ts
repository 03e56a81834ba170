import type { BenchOptions } from '../options.ts';
import type { ModeRates } from '../peers/measure.ts';
import { describeRates } from '../peers/run-peers.ts';
import { createDatabase, newFolder, startPostgres } from '../peers/servers.ts';
import { startHelper } from '../process/calls.ts';
import type { Cleanup } from '../process/cleanup.ts';
import type { Say } from '../run/stage.ts';
import type { CoreHelper } from './main.ts';

/** The queue core alone, exactly as the peers: a process of its own, and PostgreSQL in another. */
export async function runCore({ sizes }: BenchOptions, cleanup: Cleanup, say: Say): Promise<ModeRates> {
  const databaseUrl = await createDatabase(await startPostgres(cleanup), 'core');
  const folder = await newFolder(cleanup);
  const helper = startHelper<CoreHelper>(new URL('./main.ts', import.meta.url));
  cleanup.add(() => helper.stop());
  const amount = { seconds: sizes.peerSeconds, warmupJobs: sizes.peerWarmup };
  const rates = await helper.call('measure', { databaseUrl, folder, amount });
  say(`queue core: ${describeRates(rates)}`);
  return rates;
}
