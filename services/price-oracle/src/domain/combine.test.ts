import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combine, median, type PriceGuards, type SourceAnswer } from './combine.ts';

const NOW = 1_700_000_000_000;
const GUARDS: PriceGuards = { quorum: 2, maxAgeMs: 60_000, maxDeviationBps: 300 };
const said = (name: string, priceAttoUsd: bigint, ageMs = 0): SourceAnswer => ({ name, reading: { priceAttoUsd, atMs: NOW - ageMs } });
const reasons = (answers: SourceAnswer[], guards = GUARDS) =>
  combine(answers, guards, NOW).verdicts.map(({ leftOut }) => leftOut?.reason ?? 'used');
const priceOf = (answers: SourceAnswer[], guards = GUARDS) => combine(answers, guards, NOW).price?.priceAttoUsd;

test('the price is the median of what agrees, as old as the oldest of it', () => {
  const answers = [said('a', 1000n, 5_000), said('b', 1010n, 9_000), said('c', 1020n)];
  expect(combine(answers, GUARDS, NOW).price).toEqual({ priceAttoUsd: 1010n, atMs: NOW - 9_000 });
});

test('a source beyond the limit is left out and says by how much', () => {
  const answers = [said('a', 1000n), said('b', 1010n), said('c', 1050n, 50_000)];
  const { price, verdicts } = combine(answers, GUARDS, NOW);
  expect(price).toEqual({ priceAttoUsd: 1005n, atMs: NOW });
  expect(verdicts[2]?.leftOut?.reason).toBe('deviates');
  expect(verdicts[2]?.leftOut?.explanation).toMatch(/^3\.96 % from the median .*, and 3 % is the limit$/);
});

test('exactly at the limit is within it', () => {
  expect(reasons([said('a', 10_000n), said('b', 10_000n), said('c', 10_300n)])).toEqual(['used', 'used', 'used']);
  expect(reasons([said('a', 10_000n), said('b', 10_000n), said('c', 10_301n)])).toEqual(['used', 'used', 'deviates']);
  expect(reasons([said('a', 1n, 60_000), said('b', 1n, 60_001)])).toEqual(['used', 'stale']);
});

test('two that disagree leave nobody to believe', () => {
  expect(priceOf([said('a', 1000n), said('b', 2000n)])).toBeUndefined();
  expect(reasons([said('a', 1000n), said('b', 2000n)])).toEqual(['deviates', 'deviates']);
});

test('fewer than the quorum make no price, however good they are', () => {
  expect(priceOf([said('a', 1000n), { name: 'b', problem: 'away' }])).toBeUndefined();
  expect(priceOf([said('a', 1000n), { name: 'b', problem: 'away' }], { ...GUARDS, quorum: 1 })).toBe(1000n);
  expect(priceOf([], { ...GUARDS, quorum: 1 })).toBeUndefined();
});

test('zero, negative, future and old prices are left out before the median is taken', () => {
  const answers = [said('a', 0n), said('b', -5n), said('c', 7n, -31_000), said('d', 7n, 60_001), said('e', 100n), said('f', 101n, -29_000)];
  expect(reasons(answers)).toEqual(['invalid', 'invalid', 'invalid', 'stale', 'used', 'used']);
  expect(priceOf(answers)).toBe(100n);
});

const prices = fc.bigInt({ min: 1n, max: 10n ** 24n });

test('the median has as many above as below, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(prices, { minLength: 1, maxLength: 9 }), (values) => {
      const middle = median(values);
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(median(values.toReversed())).toBe(middle);
    }),
  );
});

test('does not depend on the order; the price lies among those used, each of which is fresh', () => {
  const answer = fc.record({ priceAttoUsd: prices, ageMs: fc.integer({ min: -60_000, max: 120_000 }), fails: fc.boolean() });
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 7 }), fc.integer({ min: 1, max: 4 }), (drawn, quorum) => {
      const answers = drawn.map(({ priceAttoUsd, ageMs, fails }, i) =>
        fails ? { name: `${i}`, problem: 'away' } : said(`${i}`, priceAttoUsd, ageMs),
      );
      const guards = { ...GUARDS, quorum };
      const { price, verdicts } = combine(answers, guards, NOW);
      expect(combine(answers.toReversed(), guards, NOW).price).toEqual(price);
      const used = verdicts.flatMap(({ reading, leftOut }) => (reading && !leftOut ? [reading] : []));
      expect(price !== undefined).toBe(used.length >= quorum);
      if (!price) return;
      expect(used.some(({ priceAttoUsd }) => priceAttoUsd <= price.priceAttoUsd)).toBe(true);
      expect(used.some(({ priceAttoUsd }) => priceAttoUsd >= price.priceAttoUsd)).toBe(true);
      expect(used.every(({ atMs }) => NOW - atMs <= 60_000 && atMs >= price.atMs)).toBe(true);
    }),
  );
});

test('with a majority that agrees closely, liars cannot take the price outside of what that majority says', () => {
  const majority = fc.array(fc.bigInt({ min: 1_000_000n, max: 1_010_000n }), { minLength: 2, maxLength: 5 });
  const liars = fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { maxLength: 4 });
  fc.assert(
    fc.property(majority, liars, (honest, lies) => {
      const answers = [...honest, ...lies.slice(0, honest.length - 1)].map((price, i) => said(`${i}`, price));
      const price = priceOf(answers);
      const sorted = honest.toSorted((a, b) => (a < b ? -1 : 1));
      expect(price).toBeGreaterThanOrEqual(sorted[0] as bigint);
      expect(price).toBeLessThanOrEqual(sorted.at(-1) as bigint);
    }),
    { numRuns: 500 },
  );
});
