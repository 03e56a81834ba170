import { runCore } from './core/run-core.ts';
import type { BenchOptions, Section } from './options.ts';
import { runPeers } from './peers/run-peers.ts';
import type { Cleanup } from './process/cleanup.ts';
import type { Results } from './report/report.ts';
import { runOnce } from './run/run-once.ts';
import type { Say } from './run/stage.ts';
import { measureBacklog } from './scale/backlog.ts';
import { measureFairness } from './scale/fairness.ts';
import { measureGrowth } from './scale/growth.ts';
import { measureHistory } from './scale/history.ts';
import { measureIdle } from './scale/idle.ts';

/** Measures the sections that are asked for. What a section started is gone before the next begins. @throws Error when a check fails. */
export async function measure(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<Results> {
  const results: Results = {
    main: [],
    peers: [],
    core: [],
    growth: null,
    backlog: null,
    history: null,
    idle: null,
    fairness: null,
  };
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
  await section('growth', 'growth', async () => void (results.growth = await measureGrowth(options, cleanup, say)));
  await section('backlog', 'a long queue', async () => void (results.backlog = await measureBacklog(options, cleanup, say)));
  await section('history', 'a long history', async () => void (results.history = await measureHistory(options, cleanup, say)));
  await section('idle', 'idle nodes', async () => void (results.idle = await measureIdle(options, cleanup, say)));
  await section('fairness', 'fairness', async () => void (results.fairness = await measureFairness(options, cleanup, say)));
  return results;
}
