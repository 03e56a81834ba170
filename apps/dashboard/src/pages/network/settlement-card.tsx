import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Link2Off } from 'lucide-react';
import { settlementBatches, settlementStatus } from '../../api/queries.ts';
import { Card } from '../../ui/card.tsx';
import { Amount, Facts } from '../../ui/facts.tsx';
import { count, duration } from '../../ui/format.ts';
import { Answer, Empty } from '../../ui/states.tsx';
import { BatchTable } from '../settlement/batch-table.tsx';

const SHOWN = 5;

/** What a network says that settles nothing. */
export function NoSettlement() {
  return (
    <Empty icon={Link2Off} title="This network does not settle on a chain now">
      Its tasks and its books go on without one, and work receipts are signed all the same.
    </Empty>
  );
}

/** How far settlement has come, with the newest batches. */
export function SettlementCard() {
  const status = useQuery(settlementStatus);
  const batches = useInfiniteQuery({ ...settlementBatches, enabled: Boolean(status.data) });
  const newest = batches.data?.pages[0]?.items.slice(0, SHOWN) ?? [];
  return (
    <Card title="Settlement on chain" aside={status.data && <Link to="/settlement">All batches</Link>}>
      <Answer query={status}>
        {(told) =>
          told === null ? (
            <NoSettlement />
          ) : (
            <>
              {told.problem && (
                <div className="alert warn">
                  <strong>Settlement waits</strong>
                  <span>{told.problem}</span>
                </div>
              )}
              <Facts
                items={[
                  ['Chain', told.chainId],
                  [
                    'Batches',
                    `${count(told.batches.final)} final · ${count(told.batches.posted)} posted · ${count(told.batches.waiting)} waiting`,
                  ],
                  ['Receipts settled', count(told.receipts)],
                  ['Rewards', <Amount key="r" yocto={told.rewardYocto} />],
                  ['Behind by', told.lagS === 0 ? 'nothing' : duration(told.lagS * 1_000)],
                ]}
              />
              {newest.length > 0 && <BatchTable batches={newest} />}
            </>
          )
        }
      </Answer>
    </Card>
  );
}
