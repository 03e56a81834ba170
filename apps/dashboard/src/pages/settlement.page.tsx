import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { settlementBatches, settlementStatus } from '../api/queries.ts';
import { Card, PageHead } from '../ui/card.tsx';
import { Amount, Facts, Stats } from '../ui/facts.tsx';
import { count, duration } from '../ui/format.ts';
import { Answer, Empty } from '../ui/states.tsx';
import { NoSettlement } from './network/settlement-card.tsx';
import { BatchTable } from './settlement/batch-table.tsx';

/** Every batch that the network put on chain. */
export default function SettlementPage() {
  const status = useQuery(settlementStatus);
  const batches = useInfiniteQuery({ ...settlementBatches, enabled: Boolean(status.data) });
  return (
    <div className="page">
      <title>Settlement · DeAI</title>
      <PageHead title="Settlement">
        Work receipts go on chain batch by batch, under Merkle roots that anybody can check and challenge before a batch is final.
      </PageHead>
      <Answer query={status}>
        {(told) =>
          told === null ? (
            <div className="card">
              <NoSettlement />
            </div>
          ) : (
            <>
              {told.problem && (
                <div className="alert warn" role="status">
                  <strong>Settlement waits</strong>
                  <span>{told.problem}</span>
                </div>
              )}
              <Stats
                label="Settlement in numbers"
                items={[
                  { name: 'Final batches', value: count(told.batches.final) },
                  { name: 'Posted', value: count(told.batches.posted) },
                  { name: 'Waiting', value: count(told.batches.waiting) },
                  { name: 'Receipts', value: count(told.receipts) },
                  { name: 'Rewards, DEAI', value: <Amount yocto={told.finalRewardYocto} unit={false} /> },
                  { name: 'Behind by', value: told.lagS === 0 ? 'nothing' : duration(told.lagS * 1_000) },
                ]}
              />
              <Card title="Batches" flush>
                <Answer query={batches}>
                  {({ pages }) => {
                    const items = pages.flatMap((page) => page.items);
                    return items.length === 0 ? (
                      <Empty title="No batch yet">The first one is made when tasks have completed.</Empty>
                    ) : (
                      <BatchTable batches={items} detailed />
                    );
                  }}
                </Answer>
                {batches.hasNextPage && (
                  <div className="row" style={{ justifyContent: 'center', padding: 14 }}>
                    <button
                      type="button"
                      className="btn"
                      disabled={batches.isFetchingNextPage}
                      onClick={() => void batches.fetchNextPage()}
                    >
                      Older batches
                    </button>
                  </div>
                )}
              </Card>
              <Card title="Where">
                <Facts
                  items={[
                    ['Chain', told.chainId],
                    ['Asked at', told.rpcUrl],
                    ['Contract', <code key="c">{told.contractId}</code>],
                    ['Token', <code key="t">{told.tokenId}</code>],
                    ['Sponsor', <code key="s">{told.sponsorId}</code>],
                    ['Challenge window', duration(told.challengeMs)],
                    ['Least stake', <Amount key="m" yocto={told.minStakeYocto} />],
                  ]}
                />
              </Card>
            </>
          )
        }
      </Answer>
    </div>
  );
}
