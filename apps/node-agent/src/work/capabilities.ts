import type { NodeCapability } from '@deai/protocol';
import type { Logger } from 'pino';
import { creditsOf } from '../executors/lanes.ts';
import type { LaneRunner } from '../isolation/lane-runner.ts';
import type { BenchmarkCache } from './benchmark-cache.ts';

/** Measures lanes, or takes what was measured before. Returns those that work with their speed; the others are logged and left out. */
export async function measureLanes(runners: readonly LaneRunner[], cache: BenchmarkCache, logger: Logger) {
  const working: { runner: LaneRunner; unitsPerSecond: number }[] = [];
  for (const runner of runners) {
    const { id } = runner.lane;
    try {
      const known = cache.get(id);
      const unitsPerSecond = known ?? (await runner.benchmark());
      if (known === undefined) await cache.set(id, unitsPerSecond);
      logger.info({ lane: id, unitsPerSecond, cached: known !== undefined }, 'executor ready');
      working.push({ runner, unitsPerSecond });
    } catch (error) {
      logger.warn({ lane: id, reason: (error as Error).message }, 'executor does not work here: not offered');
    }
  }
  return working;
}

/** One capability a lane: two lanes of one kind, such as two sources of embeddings, have different models and speeds. */
export function capabilitiesOf(lanes: readonly { runner: LaneRunner; unitsPerSecond: number }[]): NodeCapability[] {
  return lanes.map(({ runner: { lane }, unitsPerSecond }) => ({
    kind: lane.kind,
    models: [...lane.models],
    unitsPerSecond: Math.round(unitsPerSecond * lane.processes * 1000) / 1000,
    credits: creditsOf(lane),
  }));
}
