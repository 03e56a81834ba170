import { type Buckets, bucketsBetween, countOf, quantileOf, readHistogram, sumBuckets } from './prometheus.ts';

/** Times of database queries as the server counted them, in milliseconds. */
export interface SqlTimes {
  p50: number;
  p95: number;
  p99: number;
  count: number;
}
export interface SqlFigures extends SqlTimes {
  /** The metric they were read from. */
  metric: string;
  /** By pool, or by statement where that is all the server tells. */
  parts: Record<string, SqlTimes>;
}

/** All queries by pool; a server that does not count those tells of its hot statements alone. */
const METRICS = [
  { name: 'deai_db_query_seconds', label: 'pool' },
  { name: 'deai_task_statement_seconds', label: 'statement' },
] as const;

export async function readMetrics(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  if (!response.ok) throw new Error(`the metrics were answered ${response.status}`);
  return await response.text();
}

/** Query times between two readings of the server's metrics; `null` when it counts none. */
export function sqlBetween(before: string, after: string): SqlFigures | null {
  for (const { name, label } of METRICS) {
    const earlier = readHistogram(before, name, label);
    const parts = [...readHistogram(after, name, label)].map(([key, buckets]) => [key, bucketsBetween(earlier.get(key), buckets)] as const);
    if (parts.length === 0) continue;
    const all = sumBuckets(parts.map(([, buckets]) => buckets));
    return { ...timesOf(all), metric: name, parts: Object.fromEntries(parts.map(([key, buckets]) => [key, timesOf(buckets)])) };
  }
  return null;
}

function timesOf(buckets: Buckets): SqlTimes {
  const ms = (share: number) => Math.round(quantileOf(buckets, share) * 1e6) / 1000;
  return { p50: ms(0.5), p95: ms(0.95), p99: ms(0.99), count: countOf(buckets) };
}
