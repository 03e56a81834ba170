import { usageOf } from '../measure/proc.ts';
import type { BenchOptions } from '../options.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { checkBooks } from '../run/checks.ts';
import { connectNodes, type Say, type Stage, setStage } from '../run/stage.ts';
import { fillQueue } from './fill.ts';
import { type LifeRates, measureLifeRates, warmUp } from './rates.ts';

/** One point of the growth table. */
export interface GrowthPoint extends LifeRates {
  nodes: number;
  /** Tasks waiting for a node that is away, all the while. */
  waiting: number;
  serverRssMiB: number | null;
}

/** Tasks that need so much wait for a node that has it and is away. */
const LARGE_MIB = 65_536;

/** Rates of whole lives as nodes, and then as waiting tasks, become more. @throws Error when a task is lost. */
export async function measureGrowth(options: BenchOptions, cleanup: Cleanup, say: Say): Promise<GrowthPoint[]> {
  const { growthNodes, growthWaiting } = options.sizes;
  const most = Math.max(...growthNodes, options.nodes);
  const stage = await setStage({ ...options, nodes: most + 1 }, cleanup, say, 0);
  // The one with the memory that parked tasks need comes once, so that it is known, and leaves.
  await connectNodes(stage, most, most + 1, { memoryMiB: LARGE_MIB });
  await stage.nodes.call('disconnect', 1);
  await connectNodes(stage, 0, options.nodes);
  await warmUp(stage);

  const points: GrowthPoint[] = [];
  let connected = options.nodes;
  async function point(nodes: number): Promise<void> {
    if (nodes > connected) await connectNodes(stage, connected, nodes);
    else await stage.nodes.call('disconnect', connected - nodes);
    connected = nodes;
    const rates = await measureLifeRates(stage, nodes);
    const rss = usageOf(stage.server.pid).rssMiB;
    points.push({ nodes, waiting: stage.parked, ...rates, serverRssMiB: rss === null ? null : Math.round(rss) });
    say(`${nodes} nodes, ${stage.parked} waiting: ${rates.single} singles/s, ${rates.batch} tasks/s in batches`);
  }
  for (const nodes of growthNodes) await point(nodes);
  if (!growthNodes.includes(options.nodes)) await point(options.nodes);
  for (const waiting of growthWaiting) {
    await park(stage, waiting - stage.parked);
    await point(options.nodes);
  }
  await checkBooks(stage);
  return points;
}

async function park(stage: Stage, tasks: number): Promise<void> {
  await fillQueue(stage, { tasks, shape: { memoryMiB: LARGE_MIB } });
  stage.parked += tasks;
}
