import type { Machine } from '../measure/machine.ts';
import type { BenchOptions } from '../options.ts';
import type { ModeRates } from '../peers/measure.ts';
import type { PeersRun } from '../peers/run-peers.ts';
import type { RunResult } from '../run/run-once.ts';
import type { BacklogFigures } from '../scale/backlog.ts';
import type { FairnessFigures } from '../scale/fairness.ts';
import type { GrowthPoint } from '../scale/growth.ts';
import type { HistoryFigures } from '../scale/history.ts';
import type { IdleFigures } from '../scale/idle.ts';
import { type MainFigures, mainFigures } from './main-figures.ts';
import { type PeerFigures, type PeersFigures, peerFigures, peersFigures } from './peer-figures.ts';
import { type Target, targetsOf } from './targets.ts';

/** What was measured; what was not asked for is missing. */
export interface Results {
  main: RunResult[];
  peers: PeersRun[];
  core: ModeRates[];
  growth: GrowthPoint[] | null;
  backlog: BacklogFigures | null;
  history: HistoryFigures | null;
  idle: IdleFigures | null;
  fairness: FairnessFigures | null;
}

/** What is `null` was not measured. */
type Nullable<T> = { [K in keyof T]: T[K] | null };

/** The file that a bench writes. Figures outside `runs` are medians over the runs. Times in ms. */
export interface Report extends Nullable<MainFigures>, Omit<Results, 'main' | 'peers' | 'core'> {
  machine: Machine;
  at: string;
  commit?: string;
  nodes: number;
  options: Omit<BenchOptions, 'server' | 'out' | 'profileDir'>;
  /** Of each job queue; `null` where its server is not installed. */
  peers: PeersFigures | null;
  /** The queue core alone, as the peers. */
  core: PeerFigures | null;
  /** What the design promises on two cores, and what came of it. */
  targets: Target[];
  runs: RunResult[];
}

export interface ReportFacts {
  machine: Machine;
  at: string;
  commit: string | undefined;
  options: BenchOptions;
  results: Results;
}

const NOT_MEASURED: Nullable<MainFigures> = {
  wsConnect: null,
  single: null,
  batch: null,
  assign: null,
  complete: null,
  api: null,
  read: null,
  sql: null,
  serverRssMiB: null,
  postgresPssMiB: null,
  otherCpuPercent: null,
};

export function createReport({ machine, at, commit, options, results }: ReportFacts): Report {
  const { server: _server, out: _out, profileDir: _profile, ...settings } = options;
  const facts: Omit<Report, 'targets'> = {
    machine,
    at,
    ...(commit === undefined ? {} : { commit }),
    nodes: options.nodes,
    options: settings,
    ...(results.main.length > 0 ? mainFigures(results.main) : NOT_MEASURED),
    peers: results.peers.length > 0 ? peersFigures(results.peers) : null,
    core: results.core.length > 0 ? peerFigures(results.core) : null,
    growth: results.growth,
    backlog: results.backlog,
    history: results.history,
    idle: results.idle,
    fairness: results.fairness,
    runs: results.main,
  };
  return { ...facts, targets: targetsOf(facts) };
}
