import hdr, { type Histogram } from 'hdr-histogram-js';

/** Percentiles of some times, in milliseconds. */
export interface Percentiles {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Collects times exactly enough: microsecond steps, three significant digits. */
export interface Latency {
  addMs(ms: number): void;
  percentiles(): Percentiles;
}

const HOUR_US = 3_600_000_000;

export function createLatency(): Latency {
  const histogram: Histogram = hdr.build({ bitBucketSize: 32, highestTrackableValue: HOUR_US, numberOfSignificantValueDigits: 3 });
  const ms = (us: number) => Math.round(us) / 1000;
  return {
    // A time below zero would be a broken clock: it must show as the smallest time, not vanish.
    addMs: (value) => histogram.recordValue(Math.min(HOUR_US, Math.max(0, Math.round(value * 1000)))),
    percentiles: () => ({
      count: histogram.totalCount,
      p50: ms(histogram.getValueAtPercentile(50)),
      p95: ms(histogram.getValueAtPercentile(95)),
      p99: ms(histogram.getValueAtPercentile(99)),
      max: ms(histogram.maxValue),
    }),
  };
}

/** Percentiles of times in milliseconds. */
export function percentilesOf(times: Iterable<number>): Percentiles {
  const latency = createLatency();
  for (const ms of times) latency.addMs(ms);
  return latency.percentiles();
}
