import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullJitterMs } from './backoff.ts';

test('waits between nothing and the doubled base, never above the cap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
      const wait = fullJitterMs(attempt, 250, 10_000, () => random);
      return wait >= 0 && wait <= Math.min(10_000, 250 * 2 ** Math.min(attempt - 1, 10));
    }),
  );
  expect(fullJitterMs(3, 250, 10_000, () => 1)).toBe(1_000);
  expect(fullJitterMs(30, 250, 10_000, () => 1)).toBe(10_000);
});
