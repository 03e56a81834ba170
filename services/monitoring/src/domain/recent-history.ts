import type { NetworkStats } from '@deai/protocol';

/** Samples kept at most: at one in five seconds, a quarter of an hour. */
const KEPT = 180;

/** The statistics of the last while as this instance saw them, finer than the samples that are stored. Bounded: the oldest goes first. */
export interface RecentHistory {
  /** Keeps the first of each step, and the newest as well. What is not newer than the newest is left out. */
  add(stats: NetworkStats): void;
  /** When the oldest is from, in ms since the epoch; `undefined` without any. */
  readonly sinceMs: number | undefined;
  /** Those after `afterMs`, oldest first, the newest always the last; of those that are less than `binMs` apart, the newest. */
  samples(afterMs: number, binMs: number): NetworkStats[];
}

export function createRecentHistory(stepMs: number): RecentHistory {
  const kept: { atMs: number; stats: NetworkStats }[] = [];
  let newest: { atMs: number; stats: NetworkStats } | undefined;

  return {
    add(stats) {
      const sample = { atMs: Date.parse(stats.at), stats };
      if (newest && sample.atMs <= newest.atMs) return;
      newest = sample;
      const last = kept.at(-1);
      if (last && Math.floor(last.atMs / stepMs) >= Math.floor(sample.atMs / stepMs)) return;
      kept.push(sample);
      if (kept.length > KEPT) kept.shift();
    },
    get sinceMs() {
      return kept[0]?.atMs;
    },
    samples(afterMs, binMs) {
      const all = newest && newest !== kept.at(-1) ? [...kept, newest] : kept;
      const wanted = all.filter(({ atMs }) => atMs > afterMs);
      const binOf = (index: number) => Math.floor((wanted[index]?.atMs ?? Number.POSITIVE_INFINITY) / binMs);
      return wanted.filter((_, index) => binOf(index) !== binOf(index + 1)).map(({ stats }) => stats);
    },
  };
}
