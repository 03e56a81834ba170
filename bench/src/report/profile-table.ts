import { type CpuProfile, PARTS, timeByPart } from '../measure/profile-parts.ts';
import type { RunResult } from '../run/run-once.ts';
import type { ThroughputResult } from '../run/scenarios.ts';
import { newTable } from './format.ts';

/** Where the main thread of the server spent its time in the last main run, in µs a task. */
export function formatProfile(profile: CpuProfile, runs: readonly RunResult[]): string {
  const run = runs.at(-1);
  if (!run) return 'a profile is told by part for the section main only';
  const of = ({ clockMs: [from, to], tasks }: ThroughputResult) => {
    const times = timeByPart(profile, from, to);
    return PARTS.map((part) => times[part] / tasks);
  };
  const [single, batch] = [of(run.single), of(run.batch)];
  const table = newTable(['main thread of the server, µs a task', 'single', 'batches']);
  PARTS.forEach((part, i) => {
    table.push([part, (single[i] ?? 0).toFixed(1), (batch[i] ?? 0).toFixed(1)]);
  });
  const total = (times: number[]) => times.reduce((sum, time) => sum + time, 0).toFixed(1);
  table.push(['all', total(single), total(batch)]);
  return table.toString();
}
