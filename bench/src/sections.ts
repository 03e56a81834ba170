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

type Work<T> = (options: BenchOptions, cleanup: Cleanup, say: Say) => Promise<T>;

/** Measures the sections that are asked for. What a section started is gone before the next begins. @throws Error when a check fails. */
export async function measure(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<Results> {
  async function section<T>(name: Section, title: string, work: Work<T>): Promise<T | null> {
    if (!options.only.includes(name)) return null;
    say(`── ${title}`);
    try {
      return await work(options, cleanup, say);
    } finally {
      await cleanup.run();
    }
  }
  const [main, peers, core]: [Results['main'], Results['peers'], Results['core']] = [[], [], []];
  for (let run = 1; run <= options.runs; run++) {
    const ofRuns = options.runs > 1 ? `, run ${run} of ${options.runs}` : '';
    // In turn, so that all of them see the machine in the same moods.
    main.push(...listOf(await section('main', `whole lives${ofRuns}`, runOnce)));
    peers.push(...listOf(await section('peers', `peers${ofRuns}`, runPeers)));
    core.push(...listOf(await section('core', `the queue core alone${ofRuns}`, runCore)));
  }
  return {
    main,
    peers,
    core,
    growth: await section('growth', 'growth', measureGrowth),
    backlog: await section('backlog', 'a long queue', measureBacklog),
    history: await section('history', 'a long history', measureHistory),
    idle: await section('idle', 'idle nodes', measureIdle),
    fairness: await section('fairness', 'fairness', measureFairness),
  };
}

function listOf<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}
