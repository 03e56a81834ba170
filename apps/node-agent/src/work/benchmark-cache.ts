import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from '../local/private-file.ts';

/** Measured speeds, kept in `benchmarks.json` and valid for one agent version on one CPU model. */
export interface BenchmarkCache {
  get(laneId: string): number | undefined;
  set(laneId: string, unitsPerSecond: number): Promise<void>;
}

/** Opens the cache of a folder; measurements of another version or CPU are forgotten. */
export async function openBenchmarkCache(dataDir: string, agentVersion: string, cpu: string): Promise<BenchmarkCache> {
  const path = join(dataDir, 'benchmarks.json');
  const stored = await readFile(path, 'utf8').then(parse, () => undefined);
  const rates = new Map<string, number>();
  if (stored?.agentVersion === agentVersion && stored.cpu === cpu) {
    for (const [id, rate] of Object.entries(stored.unitsPerSecond ?? {})) if (typeof rate === 'number' && rate > 0) rates.set(id, rate);
  }
  return {
    get: (laneId) => rates.get(laneId),
    async set(laneId, unitsPerSecond) {
      rates.set(laneId, unitsPerSecond);
      await writePrivateFile(path, JSON.stringify({ agentVersion, cpu, unitsPerSecond: Object.fromEntries(rates) }, null, 2));
    },
  };
}

function parse(text: string): { agentVersion?: unknown; cpu?: unknown; unitsPerSecond?: Record<string, unknown> } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
