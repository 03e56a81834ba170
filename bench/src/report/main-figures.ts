import type { Percentiles } from '../measure/latency.ts';
import type { RunResult } from '../run/run-once.ts';
import type { ThroughputResult } from '../run/scenarios.ts';
import type { CpuUsPerTask } from '../run/usage.ts';
import { median, medianOrNull } from './medians.ts';

/** Three percentiles in milliseconds. */
export type Times = Pick<Percentiles, 'p50' | 'p95' | 'p99'>;
export interface Rate extends Times {
  /** Tasks a second, whole lives. */
  tps: number;
  cpuUsPerTask: CpuUsPerTask;
}

/** Medians over the main runs. Times in ms. */
export interface MainFigures {
  wsConnect: Times;
  single: Rate;
  batch: Rate;
  assign: Times;
  complete: Times;
  /** Of submissions at half the single rate; those of reading a task stand in `read`. */
  api: Times;
  read: Times;
  /** Database queries at half the single rate; `null` when the server does not tell. */
  sql: (Times & { metric: string }) | null;
  /** At the end, after all scenarios. */
  serverRssMiB: number | null;
  postgresPssMiB: number | null;
  /** Percent of the machine that something else used during the single submissions: how disturbed the figures are. */
  otherCpuPercent: number | null;
}

export function mainFigures(runs: readonly RunResult[]): MainFigures {
  const times = (of: (run: RunResult) => Times): Times => ({
    p50: median(runs.map((run) => of(run).p50)),
    p95: median(runs.map((run) => of(run).p95)),
    p99: median(runs.map((run) => of(run).p99)),
  });
  const rate = (of: (run: RunResult) => ThroughputResult): Rate => ({
    tps: median(runs.map((run) => of(run).tps)),
    ...times(of),
    cpuUsPerTask: cpuOf(runs.map((run) => of(run).cpuUsPerTask)),
  });
  const sql = runs.map((run) => run.paced.sql).filter((figures) => figures !== null);
  return {
    wsConnect: times((run) => run.wsConnect),
    single: rate((run) => run.single),
    batch: rate((run) => run.batch),
    assign: times((run) => run.paced.assign),
    complete: times((run) => run.paced.complete),
    api: times((run) => run.paced.submit),
    read: times((run) => run.paced.get),
    sql: sql[0] ? { ...times((run) => run.paced.sql as Times), metric: sql[0].metric } : null,
    serverRssMiB: medianOrNull(runs.map((run) => run.memoryMiB.after.server)),
    postgresPssMiB: medianOrNull(runs.map((run) => run.memoryMiB.after.postgres)),
    otherCpuPercent: medianOrNull(runs.map((run) => run.single.otherCpuPercent)),
  };
}

function cpuOf(runs: readonly CpuUsPerTask[]): CpuUsPerTask {
  const of = (part: keyof CpuUsPerTask) => medianOrNull(runs.map((run) => run[part]));
  return { server: of('server'), postgres: of('postgres'), nodes: of('nodes'), load: of('load') };
}
