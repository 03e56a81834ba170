/** Counts of a Prometheus histogram by upper bound, cumulative, as they are exposed. */
export type Buckets = ReadonlyMap<number, number>;

/** Every series of the histogram `name` in a text exposition, by the value of its label `label`. */
export function readHistogram(text: string, name: string, label: string): Map<string, Buckets> {
  const series = new Map<string, Map<number, number>>();
  for (const [, labels = '', count] of text.matchAll(new RegExp(`^${name}_bucket\\{(.*)\\} (\\S+)$`, 'gm'))) {
    const values = new Map([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    const bound = values.get('le') === '+Inf' ? Number.POSITIVE_INFINITY : Number(values.get('le'));
    const key = values.get(label) ?? '';
    const buckets = series.get(key) ?? new Map<number, number>();
    series.set(key, buckets.set(bound, (buckets.get(bound) ?? 0) + Number(count)));
  }
  return series;
}

/** What was counted between two readings; a series that was not there before counts from zero. */
export function bucketsBetween(before: Buckets | undefined, after: Buckets): Buckets {
  return new Map([...after].map(([bound, count]) => [bound, count - (before?.get(bound) ?? 0)]));
}

/** All series together. */
export function sumBuckets(all: Iterable<Buckets>): Buckets {
  const sum = new Map<number, number>();
  for (const buckets of all) for (const [bound, count] of buckets) sum.set(bound, (sum.get(bound) ?? 0) + count);
  return sum;
}

export function countOf(buckets: Buckets): number {
  return buckets.get(Number.POSITIVE_INFINITY) ?? 0;
}

/** The value below which `share` (0 to 1) lies, evenly spread within its bucket; the last finite bound when it lies above all, 0 of nothing. */
export function quantileOf(buckets: Buckets, share: number): number {
  const wanted = countOf(buckets) * share;
  if (wanted === 0) return 0;
  let [lower, below] = [0, 0];
  for (const [bound, count] of [...buckets].sort(([a], [b]) => a - b)) {
    if (count >= wanted && count > below)
      return Number.isFinite(bound) ? lower + ((bound - lower) * (wanted - below)) / (count - below) : lower;
    if (Number.isFinite(bound)) lower = bound;
    below = count;
  }
  return lower;
}
