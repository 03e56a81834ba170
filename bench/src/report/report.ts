import type { Machine } from '../measure/machine.ts';
import type { BenchOptions } from '../options.ts';
import type { RunResult } from '../run/run-once.ts';
import { type MainFigures, mainFigures } from './main-figures.ts';

/** What was measured; what was not asked for is missing. */
export interface Results {
  main: RunResult[];
}

/** What is `null` was not measured. */
type Nullable<T> = { [K in keyof T]: T[K] | null };

/** The file that a bench writes. Figures outside `runs` are medians over the runs. Times in ms. */
export interface Report extends Nullable<MainFigures> {
  machine: Machine;
  at: string;
  commit?: string;
  nodes: number;
  options: Omit<BenchOptions, 'server' | 'out' | 'profileDir'>;
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
  return {
    machine,
    at,
    ...(commit === undefined ? {} : { commit }),
    nodes: options.nodes,
    options: settings,
    ...(results.main.length > 0 ? mainFigures(results.main) : NOT_MEASURED),
    runs: results.main,
  };
}
