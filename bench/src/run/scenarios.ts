import { type Percentiles, percentilesOf } from '../measure/latency.ts';
import { untilDrained } from './drain.ts';
import type { Stage } from './stage.ts';
import { type CpuUsPerTask, cpuPerTask, otherCpuPercent, usageOfParts } from './usage.ts';

/** Throughput of whole lives, submitted → completion committed. Percentiles are those of a submitting request, in ms. */
export interface ThroughputResult extends Percentiles {
  tps: number;
  tasks: number;
  /** From the first request to the last commit. */
  seconds: number;
  /** Requests refused with 429 or 503 and repeated. */
  refused: number;
  cpuUsPerTask: CpuUsPerTask;
  /** Percent of the machine that something else used meanwhile. */
  otherCpuPercent: number | null;
}

interface Load {
  connections: number;
  seconds: number;
  size: number;
}

/** Full rate until the time is over, then until the queue is empty: the whole of it counts. */
export async function measureThroughput(stage: Stage, load: Load): Promise<ThroughputResult> {
  const before = usageOfParts(stage);
  const result = await stage.load.call('closedLoop', { target: stage.target, ...load });
  stage.accepted += result.accepted;
  const { lastAcceptedMs } = await untilDrained(stage);
  const after = usageOfParts(stage);
  const seconds = (lastAcceptedMs - result.startedMs) / 1000;
  return {
    tps: Math.round(result.accepted / seconds),
    ...result.latency,
    tasks: result.accepted,
    seconds: Math.round(seconds * 1000) / 1000,
    refused: result.refused,
    cpuUsPerTask: cpuPerTask(before, after, result.accepted),
    otherCpuPercent: otherCpuPercent(before, after),
  };
}

/** Latencies under a steady load, in milliseconds. */
export interface PacedFigures {
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
  cpuUsPerTask: CpuUsPerTask;
  otherCpuPercent: number | null;
}

/** A fixed rate, sent on schedule whatever the answers take. */
export async function measurePaced(stage: Stage, ratePerS: number): Promise<PacedFigures> {
  const { seconds, connections } = stage.options;
  await stage.nodes.call('watch', null);
  const before = usageOfParts(stage);
  const result = await stage.load.call('paced', { target: stage.target, connections, ratePerS, seconds });
  stage.accepted += result.accepted;
  await untilDrained(stage);
  const after = usageOfParts(stage);
  const { arrivals, ends } = await stage.nodes.call('watched', null);
  const since = (times: Map<string, number>) =>
    percentilesOf([...result.sentMs].map(([id, sentMs]) => (times.get(id) ?? Number.NaN) - sentMs).filter((ms) => !Number.isNaN(ms)));
  const { submit, get, late, accepted: tasks, refused } = result;
  const [assign, complete] = [since(arrivals), since(ends)];
  return {
    ratePerS,
    tasks,
    refused,
    submit,
    get,
    assign,
    complete,
    late,
    cpuUsPerTask: cpuPerTask(before, after, tasks),
    otherCpuPercent: otherCpuPercent(before, after),
  };
}
