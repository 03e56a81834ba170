import { type DatabaseWork, databaseWork, workBetween } from '../measure/database-work.ts';
import { type Percentiles, percentilesOf } from '../measure/latency.ts';
import { readMetrics, type SqlFigures, sqlBetween } from '../measure/sql.ts';
import { untilDrained } from './drain.ts';
import type { Stage } from './stage.ts';
import { type CpuUsPerTask, cpuPerTask, otherCpuPercent, usageOfParts } from './usage.ts';

/** What a scenario cost: processor time of each part, and what PostgreSQL did beside the statements. */
export interface Cost {
  cpuUsPerTask: CpuUsPerTask;
  /** Percent of the machine that something else used meanwhile. */
  otherCpuPercent: number | null;
  database: DatabaseWork;
}

/** Throughput of whole lives, submitted → completion committed. Percentiles are those of a submitting request, in ms. */
export interface ThroughputResult extends Percentiles, Cost {
  tps: number;
  tasks: number;
  /** From the first request to the last commit. */
  seconds: number;
  /** Requests refused with 429 or 503 and repeated. */
  refused: number;
  /** From and to, on the machine's monotonic clock, in ms. */
  clockMs: [number, number];
}

export interface Load {
  connections: number;
  seconds: number;
  size: number;
  /** Ends the load earlier. */
  maxTasks?: number;
}

/** Begins to count what is spent; the returned function tells it for so many tasks. */
async function startCosts(stage: Stage): Promise<(tasks: number) => Promise<Cost>> {
  const [before, workBefore] = [usageOfParts(stage), await databaseWork(stage.database)];
  return async (tasks) => {
    const after = usageOfParts(stage);
    return {
      cpuUsPerTask: cpuPerTask(before, after, tasks),
      otherCpuPercent: otherCpuPercent(before, after),
      database: workBetween(workBefore, await databaseWork(stage.database)),
    };
  };
}

/** Full rate until the time is over, then until the queue is empty: the whole of it counts. */
export async function measureThroughput(stage: Stage, load: Load): Promise<ThroughputResult> {
  const costs = await startCosts(stage);
  const result = await stage.load.call('closedLoop', { target: stage.target, ...load });
  stage.accepted += result.accepted;
  const { lastAcceptedMs } = await untilDrained(stage);
  const seconds = (lastAcceptedMs - result.startedMs) / 1000;
  return {
    tps: Math.round(result.accepted / seconds),
    ...result.latency,
    tasks: result.accepted,
    seconds: Math.round(seconds * 1000) / 1000,
    refused: result.refused,
    clockMs: [result.startedMs, lastAcceptedMs],
    ...(await costs(result.accepted)),
  };
}

/** Latencies under a steady load, in milliseconds. */
export interface PacedFigures extends Cost {
  ratePerS: number;
  tasks: number;
  refused: number;
  submit: Percentiles;
  get: Percentiles;
  /** Submission sent → assignment received by its node. */
  assign: Percentiles;
  /** Submission sent → the node knows that the completion is committed. */
  complete: Percentiles;
  /** Lateness of the generator itself. */
  late: Percentiles;
  /** Of the server's database queries meanwhile. */
  sql: SqlFigures | null;
}

/** A fixed rate, sent on schedule whatever the answers take. */
export async function measurePaced(stage: Stage, ratePerS: number): Promise<PacedFigures> {
  const { pacedSeconds: seconds, connections } = stage.options;
  await stage.nodes.call('watch', null);
  const [costs, metrics] = [await startCosts(stage), await readMetrics(stage.server.url)];
  const result = await stage.load.call('paced', { target: stage.target, connections, ratePerS, seconds });
  stage.accepted += result.accepted;
  await untilDrained(stage);
  const { arrivals, ends } = await stage.nodes.call('watched', null);
  const { submit, get, late, accepted: tasks, refused, sentMs } = result;
  return {
    ratePerS,
    tasks,
    refused,
    submit,
    get,
    assign: timesSince(sentMs, arrivals),
    complete: timesSince(sentMs, ends),
    late,
    sql: sqlBetween(metrics, await readMetrics(stage.server.url)),
    ...(await costs(tasks)),
  };
}

/** From each task's sending to its time in `times`; a task without one is left out, so the count tells. */
function timesSince(sentMs: Map<string, number>, times: Map<string, number>): Percentiles {
  return percentilesOf([...sentMs].map(([id, sent]) => (times.get(id) ?? Number.NaN) - sent).filter((ms) => !Number.isNaN(ms)));
}
