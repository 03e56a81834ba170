import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cache } from './cache.ts';

/** Any JSON value but -0, whose sign JavaScript does not write. */
const jsonValue = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** An empty cache, and how time passes for it: a fake clock, or a real wait where the cache keeps its own. */
export interface CacheUnderTest {
  cache: Cache;
  advance(ms: number): Promise<void> | void;
}

/** What every {@link Cache} adapter must do. `makeCache` gives an empty one for each test. */
export function cacheContract(name: string, makeCache: () => Promise<CacheUnderTest>): void {
  let made: CacheUnderTest;
  let cache: Cache;
  beforeEach(async () => {
    made = await makeCache();
    cache = made.cache;
  });
  afterEach(() => made.cache.close());

  describe(`${name}: values`, () => {
    it('gives back any JSON value under any key', async () => {
      await fc.assert(
        fc.asyncProperty(fc.string(), jsonValue, async (key, value) => {
          await cache.set(key, value, 60_000);
          expect(await cache.get(key)).toEqual(value);
        }),
        { numRuns: 50 },
      );
    });

    it('knows nothing of a key that was never set, deleted, or looks like a property of objects', async () => {
      for (const key of ['a', '', '__proto__', 'constructor']) {
        expect(await cache.get(key)).toBeUndefined();
        await cache.set(key, { key }, 60_000);
        expect(await cache.get(key)).toEqual({ key });
        await cache.delete(key);
        await cache.delete(key);
        expect(await cache.get(key)).toBeUndefined();
      }
    });

    it('keeps a value for its time and not longer', async () => {
      await cache.set('short', 1, 100);
      await cache.set('long', 2, 60_000);
      expect(await cache.get('short')).toBe(1);
      await made.advance(100);
      expect([await cache.get('short'), await cache.get('long')]).toEqual([undefined, 2]);
    });

    it('starts the time again when a value is set again, not when it is read', async () => {
      await cache.set('set', 1, 150);
      await cache.set('read', 1, 150);
      await made.advance(100);
      await cache.set('set', 2, 60_000);
      await cache.get('read');
      await made.advance(100);
      expect([await cache.get('set'), await cache.get('read')]).toEqual([2, undefined]);
    });

    it.each([0, -1, Number.NaN])('refuses a time of %d ms', async (ms) => {
      await expect(cache.set('a', 1, ms)).rejects.toThrow(RangeError);
      await expect(cache.increment('a', ms)).rejects.toThrow(RangeError);
      expect(await cache.get('a')).toBeUndefined();
    });
  });

  describe(`${name}: windows`, () => {
    it('counts from one, each key for itself, and says when the window ends', async () => {
      const first = await cache.increment('a', 60_000);
      expect(first.count).toBe(1);
      expect(first.resetMs).toBeGreaterThan(59_000);
      expect(first.resetMs).toBeLessThanOrEqual(60_000);
      expect((await cache.increment('a', 60_000)).count).toBe(2);
      expect((await cache.increment('b', 60_000)).count).toBe(1);
    });

    it('gives every simultaneous call another number', async () => {
      const counts = await Promise.all(Array.from({ length: 200 }, () => cache.increment('a', 60_000)));
      expect(counts.map(({ count }) => count).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    });

    it('ends the window that the first call opened, however many calls follow, then opens another', async () => {
      await cache.increment('a', 150);
      await made.advance(100);
      const second = await cache.increment('a', 60_000);
      expect(second.count).toBe(2);
      expect(second.resetMs).toBeLessThanOrEqual(50);
      await made.advance(60);
      expect((await cache.increment('a', 60_000)).count).toBe(1);
    });

    it('keeps counters apart from values, and forgets both on delete', async () => {
      await cache.increment('a', 60_000);
      expect(await cache.get('a')).toBeUndefined();
      await cache.set('a', 'value', 60_000);
      expect((await cache.increment('a', 60_000)).count).toBe(2);
      expect(await cache.get('a')).toBe('value');
      await cache.delete('a');
      expect(await cache.get('a')).toBeUndefined();
      expect((await cache.increment('a', 60_000)).count).toBe(1);
    });
  });

  describe(`${name}: closing`, () => {
    it('refuses every call with SHUTTING_DOWN', async () => {
      await cache.close();
      await cache.close();
      const calls = [cache.get('a'), cache.set('a', 1, 1_000), cache.delete('a'), cache.increment('a', 1_000)];
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SHUTTING_DOWN' } });
      }
    });
  });
}
