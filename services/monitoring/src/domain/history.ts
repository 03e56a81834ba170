import type { NetworkStats } from '@deai/protocol';
import type { SampleStore } from './ports.ts';
import type { RecentHistory } from './recent-history.ts';

/** A day at one sample a minute. */
const POINTS = 1_440;
const MINUTE_MS = 60_000;

/**
 * Samples of the last minutes, oldest first: from memory as far as it goes back, from the store before that. Thinned out to about 1,440, so
 * that a few hours are told as finely as they are known, and a day minute by minute. Rejects when what only the store knows cannot be read.
 */
export function createHistory(store: Pick<SampleStore, 'history'>, recent: RecentHistory, now: () => number = Date.now) {
  return async (minutes: number): Promise<NetworkStats[]> => {
    const afterMs = now() - minutes * MINUTE_MS;
    const binMs = Math.max(1, (minutes * MINUTE_MS) / POINTS);
    const { sinceMs = Number.POSITIVE_INFINITY } = recent;
    const stored = sinceMs > afterMs ? await store.history(minutes, binMs) : [];
    // Taken afterwards, with what came while the store was read.
    return [...stored.filter(({ at }) => Date.parse(at) < sinceMs), ...recent.samples(afterMs, binMs)];
  };
}
