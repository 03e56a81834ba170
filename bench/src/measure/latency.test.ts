import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentilesOf } from './latency.ts';

describe('percentiles', () => {
  it('are those of the sorted times, to three digits', () => {
    const times = fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(times, (ms) => {
        const sorted = [...ms].sort((a, b) => a - b);
        const exact = (p: number) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] as number;
        const { count, p50, p95, p99 } = percentilesOf(ms);
        expect(count).toBe(ms.length);
        for (const [found, p] of [
          [p50, 50],
          [p95, 95],
          [p99, 99],
        ] as const) {
          expect(Math.abs(found - exact(p))).toBeLessThanOrEqual(0.001 + exact(p) * 0.002);
        }
      }),
    );
  });
  it('of nothing are zero', () => {
    expect(percentilesOf([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
  });
  it('counts a time below zero instead of dropping it', () => {
    expect(percentilesOf([-5, 1]).count).toBe(2);
  });
});
