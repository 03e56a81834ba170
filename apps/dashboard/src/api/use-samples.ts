import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { networkHistory, networkStats } from './queries.ts';
import type { NetworkStats } from './types.ts';
import { useLiveState, useLiveStats } from './use-live.ts';

/** The network at one moment; `at` in Unix seconds. */
export interface Sample {
  at: number;
  throughput: number;
  /** ms that tasks waited. */
  waitP50: number;
  waitP95: number;
}

const KEPT_S = 300;

export const sampleOf = ({ at, throughput, queueMsP50, queueMsP95 }: NetworkStats): Sample => ({
  at: Date.parse(at) / 1_000,
  throughput,
  waitP50: queueMsP50,
  waitP95: queueMsP95,
});

function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last && sample.at <= last.at) return samples;
  return [...samples.filter(({ at }) => at > sample.at - KEPT_S), sample];
}

/** The last five minutes: what the network remembers, then what the socket tells, or an answer a second while there is none. */
export function useSamples(): { samples: readonly Sample[]; stats: ReturnType<typeof useQuery<NetworkStats>> } {
  const live = useLiveStats();
  const listening = useLiveState() === 'live';
  const stats = useQuery(networkStats);
  const { data: history } = useQuery({ ...networkHistory(5), staleTime: Number.POSITIVE_INFINITY, refetchInterval: false });
  const [samples, setSamples] = useState<readonly Sample[]>([]);

  useEffect(() => {
    if (history) setSamples((own) => [...history.map(sampleOf).filter(({ at }) => at < (own[0]?.at ?? Infinity)), ...own]);
  }, [history]);
  useEffect(() => {
    if (stats.data && !listening) setSamples((own) => withSample(own, sampleOf(stats.data)));
  }, [stats.data, listening]);
  useEffect(() => {
    if (!live) return;
    const { throughput, queue_ms_p50: waitP50, queue_ms_p95: waitP95 } = live;
    setSamples((own) => withSample(own, { at: Date.now() / 1_000, throughput, waitP50, waitP95 }));
  }, [live]);
  return { samples, stats: stats as ReturnType<typeof useQuery<NetworkStats>> };
}
