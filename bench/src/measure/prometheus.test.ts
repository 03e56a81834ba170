import { describe, expect, it } from 'vitest';
import { bucketsBetween, countOf, quantileOf, readHistogram, sumBuckets } from './prometheus.ts';

const EXPOSITION = `# TYPE deai_q_seconds histogram
deai_q_seconds_bucket{le="0.001",pool="hot"} 10
deai_q_seconds_bucket{le="0.01",pool="hot"} 90
deai_q_seconds_bucket{le="+Inf",pool="hot"} 100
deai_q_seconds_sum{pool="hot"} 1
deai_q_seconds_bucket{le="0.001",pool="general"} 0
deai_q_seconds_bucket{le="0.01",pool="general"} 50
deai_q_seconds_bucket{le="+Inf",pool="general"} 50
other_q_seconds_bucket{le="+Inf",pool="hot"} 7
`;

describe('a histogram read from its exposition', () => {
  const series = readHistogram(EXPOSITION, 'deai_q_seconds', 'pool');
  const hot = series.get('hot') ?? new Map();

  it('has a series for each value of the label, and no other metric', () => {
    expect([...series.keys()]).toEqual(['hot', 'general']);
    expect(countOf(hot)).toBe(100);
    expect(countOf(sumBuckets(series.values()))).toBe(150);
  });
  it('interpolates within the bucket that holds the quantile', () => {
    expect(quantileOf(hot, 0.05)).toBeCloseTo(0.0005);
    expect(quantileOf(hot, 0.5)).toBeCloseTo(0.001 + 0.009 * (40 / 80));
    expect(quantileOf(hot, 0.9)).toBeCloseTo(0.01);
  });
  it('does not invent a value above the last finite bound', () => {
    expect(quantileOf(hot, 0.99)).toBe(0.01);
    expect(
      quantileOf(
        new Map([
          [1, 0],
          [Number.POSITIVE_INFINITY, 0],
        ]),
        0.95,
      ),
    ).toBe(0);
  });
  it('tells what was counted between two readings', () => {
    const later = new Map([...hot].map(([bound, count]) => [bound, count + (bound < 0.01 ? 0 : 20)]));
    const between = bucketsBetween(hot, later);
    expect(countOf(between)).toBe(20);
    expect(quantileOf(between, 0.5)).toBeCloseTo(0.001 + 0.009 * 0.5);
    expect(countOf(bucketsBetween(undefined, hot))).toBe(100);
  });
});
