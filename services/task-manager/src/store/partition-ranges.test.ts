import { firstIdAt } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingRanges, partitionName, rangeOfBound, type TimeRange } from './partition-ranges.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const T0 = Date.UTC(2026, 10, 25);
const lengths = fc.constantFrom(1, 5, 60, 720, 1440).map((minutes) => minutes * MINUTE);

test('reads its own bounds out of the catalogue, and nothing out of others', () => {
  const bound = `FOR VALUES FROM ('${firstIdAt(T0)}') TO ('${firstIdAt(T0 + DAY)}')`;
  expect(rangeOfBound(bound)).toEqual({ fromMs: T0, untilMs: T0 + DAY, exact: true });
  expect(rangeOfBound(bound.replace('0000-000000000000', '0000-000000000001'))).toMatchObject({ fromMs: T0, exact: false });
  for (const other of ['DEFAULT', "FOR VALUES IN ('a')", `FOR VALUES FROM (MINVALUE) TO ('${firstIdAt(T0)}')`]) {
    expect(rangeOfBound(other)).toBeUndefined();
  }
});

test('names whole days by the day, shorter ranges by the minute', () => {
  expect(partitionName('task', { fromMs: T0, untilMs: T0 + DAY })).toBe('task_20261125');
  expect(partitionName('task', { fromMs: T0, untilMs: T0 + MINUTE })).toBe('task_202611250000');
  expect(partitionName('attempt', { fromMs: T0 + 90 * MINUTE, untilMs: T0 + DAY })).toBe('attempt_202611250130');
});

test('whatever lengths followed one another, ranges never overlap, leave no gap, and have names of their own', () => {
  const runs = fc.array(fc.record({ length: lengths, at: fc.integer({ min: 0, max: 2_000 }) }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(runs, (steps) => {
      const ranges: TimeRange[] = [];
      for (const { length, at } of steps) {
        const from = T0 + at * MINUTE;
        ranges.push(...missingRanges(ranges, from, from + 3 * DAY, length));
        expect(missingRanges(ranges, from, from + 3 * DAY, length)).toEqual([]);
        expect(ranges.some((range) => range.fromMs <= from && from < range.untilMs)).toBe(true);
      }
      const sorted = ranges.toSorted((a, b) => a.fromMs - b.fromMs);
      for (const [i, range] of sorted.entries()) {
        expect(range.untilMs).toBeGreaterThan(range.fromMs);
        expect(range.untilMs).toBeLessThanOrEqual(sorted[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY);
      }
      expect(new Set(ranges.map((range) => partitionName('task', range))).size).toBe(ranges.length);
    }),
  );
});

test('makes the present partition and at most 64 more', () => {
  expect(missingRanges([], T0 + 1, T0 + 3 * DAY, MINUTE)).toHaveLength(65);
  expect(missingRanges([], T0 + 1, T0 + 3 * DAY, DAY)).toHaveLength(4);
});
