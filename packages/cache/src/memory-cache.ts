import { DeaiError } from '@deai/protocol';
import { LRUCache } from 'lru-cache';
import type { Cache } from './cache.ts';

export interface MemoryCacheOptions {
  /** So many values, and so many counters beside them, are kept; past it the least recently used vanish. Default 100,000. */
  maxEntries?: number;
  /** A clock in milliseconds that never goes back. Default `performance.now`. */
  nowMs?: () => number;
}

interface Entry {
  value: unknown;
  expiresAtMs: number;
}

interface Window {
  count: number;
  endsAtMs: number;
}

/** The cache within one process. Every call ends in the same turn, so counting is atomic. */
export function createMemoryCache({ maxEntries = 100_000, nowMs = () => performance.now() }: MemoryCacheOptions = {}): Cache {
  const values = new LRUCache<string, Entry>({ max: maxEntries });
  // Apart from the values, lest a flood of those resets every rate limit.
  const windows = new LRUCache<string, Window>({ max: maxEntries });
  let closed = false;
  const assertOpen = (): void => {
    if (closed) throw new DeaiError('SHUTTING_DOWN');
  };

  return {
    async get<T>(key: string) {
      assertOpen();
      const entry = values.get(key);
      if (!entry) return undefined;
      if (entry.expiresAtMs > nowMs()) return entry.value as T;
      values.delete(key);
      return undefined;
    },
    async set(key, value, ttlMs) {
      assertOpen();
      assertPositive('ttlMs', ttlMs);
      values.set(key, { value, expiresAtMs: nowMs() + ttlMs });
    },
    async delete(key) {
      assertOpen();
      values.delete(key);
      windows.delete(key);
    },
    async increment(key, windowMs) {
      assertOpen();
      assertPositive('windowMs', windowMs);
      const now = nowMs();
      let window = windows.get(key);
      if (!window || window.endsAtMs <= now) {
        window = { count: 0, endsAtMs: now + windowMs };
        windows.set(key, window);
      }
      window.count += 1;
      return { count: window.count, resetMs: Math.ceil(window.endsAtMs - now) };
    },
    async close() {
      closed = true;
      values.clear();
      windows.clear();
    },
  };
}

function assertPositive(name: string, ms: number): void {
  if (!(ms > 0)) throw new RangeError(`${name} must be more than 0 milliseconds, not ${ms}`);
}
