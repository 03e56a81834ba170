import type { Percentiles } from '../measure/latency.ts';
import type { Machine } from '../measure/machine.ts';
import type { BenchOptions } from '../options.ts';
import type { RunResult } from '../run/run-once.ts';
import type { CpuUsPerTask } from '../run/usage.ts';

/** Three percentiles in milliseconds. */
export type Times = Pick<Percentiles, 'p50' | 'p95' | 'p99'>;
export interface Rate extends Times {
  /** Tasks a second, whole lives. */
  tps: number;
}

/** The file that a bench writes. Figures outside `runs` are medians over the runs. Times in ms. */
export interface Report {
  machine: Machine;
  at: string;
  commit?: string;
  nodes: number;
  options: Omit<BenchOptions, 'server' | 'out' | 'profileDir'>;
  wsConnect: Times;
  single: Rate;
  batch: Rate;
  assign: Times;
  complete: Times;
  /** Of submissions; those of reading a task stand in `read`. */
  api: Times;
  read: Times;
  /** At the end, after all scenarios. */
  serverRssMiB: number | null;
  postgresPssMiB: number | null;
  /** Under single submissions at full rate. */
  cpuUsPerTask: CpuUsPerTask;
  cpuUsPerTaskInBatches: CpuUsPerTask;
  /** Percent of the machine that something else used during the single submissions: how disturbed the figures are. */
  otherCpuPercent: number | null;
  runs: RunResult[];
}

export interface ReportFacts {
  machine: Machine;
  at: string;
  commit: string | undefined;
  options: BenchOptions;
  runs: RunResult[];
}

export function createReport({ machine, at, commit, options, runs }: ReportFacts): Report {
  const { server: _server, out: _out, profileDir: _profile, ...settings } = options;
  const times = (of: (run: RunResult) => Times): Times => ({
    p50: median(runs.map((run) => of(run).p50)),
    p95: median(runs.map((run) => of(run).p95)),
    p99: median(runs.map((run) => of(run).p99)),
  });
  const rate = (of: (run: RunResult) => Rate): Rate => ({ tps: median(runs.map((run) => of(run).tps)), ...times(of) });
  const cpu = (of: (run: RunResult) => CpuUsPerTask): CpuUsPerTask => ({
    server: medianOrNull(runs.map((run) => of(run).server)),
    postgres: medianOrNull(runs.map((run) => of(run).postgres)),
    nodes: medianOrNull(runs.map((run) => of(run).nodes)),
    load: medianOrNull(runs.map((run) => of(run).load)),
  });
  return {
    machine,
    at,
    ...(commit === undefined ? {} : { commit }),
    nodes: options.nodes,
    options: settings,
    wsConnect: times((run) => run.wsConnect),
    single: rate((run) => run.single),
    batch: rate((run) => run.batch),
    assign: times((run) => run.paced.assign),
    complete: times((run) => run.paced.complete),
    api: times((run) => run.paced.submit),
    read: times((run) => run.paced.get),
    serverRssMiB: medianOrNull(runs.map((run) => run.memoryMiB.after.server)),
    postgresPssMiB: medianOrNull(runs.map((run) => run.memoryMiB.after.postgres)),
    cpuUsPerTask: cpu((run) => run.single.cpuUsPerTask),
    cpuUsPerTaskInBatches: cpu((run) => run.batch.cpuUsPerTask),
    otherCpuPercent: medianOrNull(runs.map((run) => run.single.otherCpuPercent)),
    runs,
  };
}

/** The middle value; of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function medianOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? median(known) : null;
}
