import { measureThroughput } from '../run/scenarios.ts';
import type { Stage } from '../run/stage.ts';

/** Rates of whole lives, tasks a second. */
export interface LifeRates {
  single: number;
  batch: number;
}

/** A few nodes take what they can: more than this each would only lengthen the wait for them. */
const MOST_TASKS_A_NODE = 3_000;

/** Runs everything once, so that the first rate is not that of a program that has just started. */
export async function warmUp(stage: Stage): Promise<void> {
  const { connections, batchConnections, batchSize, warmupSeconds: seconds } = stage.options;
  await measureThroughput(stage, { connections, seconds, size: 1 });
  await measureThroughput(stage, { connections: batchConnections, seconds, size: batchSize });
}

/** Singles, then batches, with as many nodes as are connected. */
export async function measureLifeRates(stage: Stage, nodes: number): Promise<LifeRates> {
  const { connections, batchConnections, batchSize, sizes } = stage.options;
  const maxTasks = Math.max(nodes * MOST_TASKS_A_NODE, batchSize);
  const load = { seconds: sizes.growthSeconds, maxTasks };
  const { tps: single } = await measureThroughput(stage, { ...load, connections, size: 1 });
  const { tps: batch } = await measureThroughput(stage, { ...load, connections: batchConnections, size: batchSize });
  return { single, batch };
}

/** How fast tasks are taken in while no node works: singles, then batches, tasks a second. They stay in the queue. */
export async function measureSubmitRates(stage: Stage): Promise<LifeRates> {
  const { connections, batchConnections, batchSize, sizes } = stage.options;
  const rateOf = async (callers: number, size: number) => {
    const loop = { target: stage.target, connections: callers, seconds: sizes.growthSeconds / 2, size };
    const { accepted, startedMs, endedMs } = await stage.load.call('closedLoop', loop);
    stage.accepted += accepted;
    return Math.round((accepted * 1000) / (endedMs - startedMs));
  };
  return { single: await rateOf(connections, 1), batch: await rateOf(batchConnections, batchSize) };
}
