import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { networkHistory } from '../../api/queries.ts';
import { useLiveStats } from '../../api/use-live.ts';
import { sampleOf, useSamples } from '../../api/use-samples.ts';
import { Card } from '../../ui/card.tsx';
import { Stats } from '../../ui/facts.tsx';
import { count, duration, rate } from '../../ui/format.ts';
import { LazyChart } from '../../ui/lazy-chart.tsx';
import { Answer, Empty } from '../../ui/states.tsx';

const THROUGHPUT = [{ label: 'completed a second', color: '--accent' }] as const;
const LATENCY = [
  { label: 'median', color: '--accent' },
  { label: '95th percentile', color: '--warn' },
] as const;

/** The numbers that matter, and completed tasks a second over the last five minutes. */
export function NetworkNumbers() {
  const { samples, stats } = useSamples();
  const live = useLiveStats();
  const data = useMemo(() => [samples.map(({ at }) => at), samples.map(({ throughput }) => throughput)], [samples]);
  return (
    <Answer query={stats}>
      {(told) => {
        const throughput = live?.throughput ?? told.throughput;
        return (
          <>
            <Stats
              label="The network in numbers"
              items={[
                { name: 'Throughput', value: rate(throughput), unit: 'tasks/s' },
                { name: 'Nodes online', value: count(live?.active_nodes ?? told.activeNodes), unit: `of ${count(told.registeredNodes)}` },
                { name: 'Waiting', value: count(live?.pending_tasks ?? told.pendingTasks) },
                { name: 'Running', value: count(live?.running_tasks ?? told.runningTasks) },
                { name: 'Completed', value: count(told.completedTasks) },
                { name: 'Wait, median', value: duration(told.queueMsP50) },
                { name: 'Wait, 95 %', value: duration(told.queueMsP95) },
              ]}
            />
            <Card title="Tasks completed a second" aside={<span className="hint">last five minutes</span>}>
              {samples.length > 1 ? (
                <LazyChart
                  label={`Tasks completed a second over five minutes, now ${rate(throughput)}`}
                  series={THROUGHPUT}
                  data={data}
                  format={rate}
                />
              ) : (
                <div className="chart skeleton" />
              )}
            </Card>
          </>
        );
      }}
    </Answer>
  );
}

/** How long tasks wait, over the last hour: what the network remembers, and from there on what is heard. */
export function LatencyCard() {
  const history = useQuery(networkHistory(60));
  const { samples } = useSamples();
  const told = useMemo(() => {
    const heardSince = samples[0]?.at ?? Number.POSITIVE_INFINITY;
    return [...(history.data ?? []).map(sampleOf).filter(({ at }) => at < heardSince), ...samples];
  }, [history.data, samples]);
  const data = useMemo(() => [told.map(({ at }) => at), told.map((s) => s.waitP50), told.map((s) => s.waitP95)], [told]);
  const last = told.at(-1);
  const label = last ? `Waiting time over an hour, now ${duration(last.waitP50)} at the median and ${duration(last.waitP95)} at 95 %` : '';
  return (
    <Card title="Waiting time" aside={<span className="hint">median and 95 %, last hour</span>}>
      <Answer query={history}>
        {() =>
          told.length > 1 && told.some(({ waitP95 }) => waitP95 > 0) ? (
            <LazyChart small label={label} series={LATENCY} data={data} format={duration} />
          ) : (
            <Empty title="Nothing measured yet">The first task that completes shows here.</Empty>
          )
        }
      </Answer>
    </Card>
  );
}
