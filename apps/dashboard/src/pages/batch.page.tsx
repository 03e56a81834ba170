import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { settlementBatch } from '../api/queries.ts';
import type { SettlementBatch, SumNode } from '../api/types.ts';
import { BatchBadge } from '../ui/badge.tsx';
import { Card, PageHead } from '../ui/card.tsx';
import { Amount, Facts, Stats, Time } from '../ui/facts.tsx';
import { count } from '../ui/format.ts';
import { Answer } from '../ui/states.tsx';

function Root({ name, root }: { name: string; root: SumNode }) {
  return (
    <div>
      <h3>{name}</h3>
      <p className="mono small">{root.hash}</p>
      <p className="muted small">
        Sums:{' '}
        {root.sums.map((sum, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: sums have no name of their own
          <span key={i}>
            {i > 0 && ' · '}
            <Amount yocto={sum} />
          </span>
        ))}
      </p>
    </div>
  );
}

function Batch({ batch }: { batch: SettlementBatch }) {
  return (
    <>
      <Stats
        label="The batch in numbers"
        items={[
          { name: 'Receipts', value: count(batch.receipts) },
          { name: 'Rewards', value: <Amount yocto={batch.rewardYocto} unit={false} />, unit: 'DEAI' },
          { name: 'Fees', value: <Amount yocto={batch.feeYocto} unit={false} />, unit: 'DEAI' },
        ]}
      />
      <div className="grid-2">
        <Card title="On chain">
          <Facts
            items={[
              ['State', <BatchBadge key="s" state={batch.state} />],
              ['Built', <Time key="b" at={batch.builtAt} />],
              ['Posted', <Time key="p" at={batch.postedAt} />],
              ['Final', <Time key="f" at={batch.finalAt} />],
              ['Posted by', batch.postTx && <code key="pt">{batch.postTx}</code>],
              ['Made final by', batch.finalTx && <code key="ft">{batch.finalTx}</code>],
            ]}
          />
        </Card>
        <Card title="Roots" aside={<a href={`/api/v1/settlement/batches/${batch.number}/leaves`}>Its leaves (JSON)</a>}>
          <Root name="Receipts: rewards and fees" root={batch.roots.receipts} />
          <Root name="Rewards of operators, all told" root={batch.roots.rewards} />
          <Root name="Charges of requesters, all told" root={batch.roots.charges} />
        </Card>
      </div>
    </>
  );
}

/** One settlement batch. */
export default function BatchPage() {
  const { number } = useParams({ from: '/settlement/$number' });
  const batch = useQuery(settlementBatch(Number(number)));
  return (
    <div className="page">
      <title>{`Batch ${number} · DeAI`}</title>
      <PageHead
        title={`Batch #${number}`}
        actions={
          <Link to="/settlement" className="btn">
            All batches
          </Link>
        }
      />
      <Answer query={batch}>{(told) => <Batch batch={told} />}</Answer>
    </div>
  );
}
