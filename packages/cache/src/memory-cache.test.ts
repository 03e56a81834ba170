import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheContract } from './contract.ts';
import { createMemoryCache } from './memory-cache.ts';

function withClock(maxEntries?: number) {
  let nowMs = 0;
  const cache = createMemoryCache({ nowMs: () => nowMs, ...(maxEntries === undefined ? {} : { maxEntries }) });
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { cache, advance, now: () => nowMs };
}

cacheContract('memory cache', async () => withClock());

describe('memory cache', () => {
  it('drops the least recently used value past maxEntries', async () => {
    const { cache } = withClock(2);
    await cache.set('a', 1, 1_000);
    await cache.set('b', 2, 1_000);
    await cache.get('a');
    await cache.set('c', 3, 1_000);
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('keeps its counters through a flood of values', async () => {
    const { cache } = withClock(2);
    await cache.increment('limit', 1_000);
    for (let index = 0; index < 100; index += 1) await cache.set(`key ${index}`, index, 1_000);
    expect((await cache.increment('limit', 1_000)).count).toBe(2);
  });

  it('passes values as they are, without a copy', async () => {
    const { cache } = withClock();
    const value = { list: [1] };
    await cache.set('a', value, 1_000);
    expect(await cache.get('a')).toBe(value);
  });

  it('does what a plain model does, through any sequence of calls', async () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const ms = fc.integer({ min: 1, max: 50 });
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key, ms, value: fc.integer() }),
      fc.record({ do: fc.constant('increment' as const), key, ms }),
      fc.record({ do: fc.constant('delete' as const), key }),
      fc.record({ do: fc.constant('advance' as const), ms }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { cache, advance, now } = withClock();
        const values = new Map<string, { value: number; untilMs: number }>();
        const counts = new Map<string, { count: number; untilMs: number }>();
        for (const action of steps) {
          if (action.do === 'advance') advance(action.ms);
          if (action.do === 'set') {
            await cache.set(action.key, action.value, action.ms);
            values.set(action.key, { value: action.value, untilMs: now() + action.ms });
          }
          if (action.do === 'delete') {
            await cache.delete(action.key);
            values.delete(action.key);
            counts.delete(action.key);
          }
          for (const [name, { untilMs }] of values) if (untilMs <= now()) values.delete(name);
          for (const [name, { untilMs }] of counts) if (untilMs <= now()) counts.delete(name);
          if (action.do === 'increment') {
            const known = counts.get(action.key) ?? { count: 0, untilMs: now() + action.ms };
            counts.set(action.key, { ...known, count: known.count + 1 });
            const expected = { count: known.count + 1, resetMs: known.untilMs - now() };
            expect(await cache.increment(action.key, action.ms)).toEqual(expected);
          }
          for (const name of ['a', 'b', 'c']) expect(await cache.get(name)).toBe(values.get(name)?.value);
        }
      }),
    );
  });
});
