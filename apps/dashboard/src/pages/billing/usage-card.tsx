import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { client } from '../../api/session.ts';
import type { JournalReason, LedgerLine } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { LazyChart } from '../../ui/lazy-chart.tsx';
import { Answer, Empty } from '../../ui/states.tsx';
import { TOKEN } from '../../ui/token.ts';
import { chartTokens, usageOf } from './usage.ts';

/** Lines that the chart is made from: the newest. */
const LINES = 1_000;

interface UsageProps {
  title?: string;
  account?: LedgerLine['account'];
  color?: string;
  empty?: string;
}

/** What left, or with `earned` what came in, over the time that the newest lines of the ledger cover. */
export function UsageCard({
  title = 'Spent over time',
  account = 'held',
  color = '--accent',
  empty = 'What your tasks cost shows here.',
}: UsageProps) {
  const reason: JournalReason = 'completion';
  const lines = useQuery({
    queryKey: ['user', 'usage', account],
    queryFn: async ({ signal }) => (await client.user.ledgerLines({ limit: LINES, reason }, { signal }).page()).items,
    refetchInterval: 15_000,
  });
  const usage = useMemo(() => usageOf(lines.data ?? [], account), [lines.data, account]);
  const series = useMemo(() => [{ label: title, color, bars: true }], [title, color]);
  return (
    <Card title={title} aside={<span className="hint">{usage.buckets.length > 0 && `${TOKEN} ${usage.step}`}</span>}>
      <Answer query={lines}>
        {() =>
          usage.buckets.length === 0 ? (
            <Empty title="Nothing yet">{empty}</Empty>
          ) : (
            <LazyChart
              small
              label={`${title}: ${usage.buckets.length} bars ${usage.step}, ${chartTokens(usage.total)} ${TOKEN} in all`}
              series={series}
              data={[usage.buckets.map(({ at }) => at), usage.buckets.map(({ tokens }) => tokens)]}
              format={chartTokens}
            />
          )
        }
      </Answer>
    </Card>
  );
}
