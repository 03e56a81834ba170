import { runCore } from './core/run-core.ts';
import type { BenchOptions, Section } from './options.ts';
import { runPeers } from './peers/run-peers.ts';
import type { Cleanup } from './process/cleanup.ts';
import type { Results } from './report/report.ts';
import { runOnce } from './run/run-once.ts';
import type { Say } from './run/stage.ts';

/** Measures the sections that are asked for. What a section started is gone before the next begins. @throws Error when a check fails. */
export async function measure(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<Results> {
  const results: Results = { main: [], peers: [], core: [] };
  async function section(name: Section, title: string, work: () => Promise<void>): Promise<void> {
    if (!options.only.includes(name)) return;
    say(`── ${title}`);
    try {
      await work();
    } finally {
      await cleanup.run();
    }
  }
  for (let run = 1; run <= options.runs; run++) {
    const ofRuns = options.runs > 1 ? `, run ${run} of ${options.runs}` : '';
    await section('main', `whole lives${ofRuns}`, async () => void results.main.push(await runOnce(options, cleanup, say)));
    await section('peers', `peers${ofRuns}`, async () => void results.peers.push(await runPeers(options, cleanup, say)));
    await section('core', `the queue core alone${ofRuns}`, async () => void results.core.push(await runCore(options, cleanup, say)));
  }
  return results;
}
