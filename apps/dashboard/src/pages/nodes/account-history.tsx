import { useInfiniteQuery } from '@tanstack/react-query';
import { accountHistory } from '../../api/queries.ts';
import type { AccountEvent } from '../../api/types.ts';
import type { Column } from '../../ui/column.ts';
import { Amount, Time } from '../../ui/facts.tsx';
import { shortHash } from '../../ui/format.ts';
import { Answer, Empty } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';

const COLUMNS: readonly Column<AccountEvent>[] = [
  { id: 'at', header: 'When', cell: ({ at }) => <Time at={at} /> },
  { id: 'event', header: 'What', cell: ({ event }) => (event === 'claim' ? 'Rewards claimed' : 'Stake changed') },
  { id: 'paid', header: 'Paid', right: true, cell: ({ paidYocto }) => <Amount yocto={paidYocto} /> },
  { id: 'stake', header: 'Stake then', right: true, cell: ({ stakeYocto }) => <Amount yocto={stakeYocto} /> },
  { id: 'asked', header: 'Asked back', right: true, wide: true, cell: ({ unstakingYocto }) => <Amount yocto={unstakingYocto} /> },
  {
    id: 'of',
    header: 'Transaction or node key',
    wide: true,
    cell: ({ transaction, nodeKey }) => <span className="mono">{shortHash(transaction ?? nodeKey ?? '')}</span>,
  },
];

/** What was seen to happen to an account on chain, newest first. */
export function AccountHistory({ accountId }: { accountId: string }) {
  const history = useInfiniteQuery(accountHistory(accountId));
  const events = history.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Answer query={history}>
      {() =>
        events.length === 0 ? (
          <Empty title="Nothing happened yet">Stakes as they change and rewards that are claimed show here.</Empty>
        ) : (
          <>
            <Table label="What happened to the account" rows={events} columns={COLUMNS} keyOf={keyOf} />
            {history.hasNextPage && (
              <button type="button" className="btn" disabled={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
                Show older
              </button>
            )}
          </>
        )
      }
    </Answer>
  );
}

const keyOf = ({ at, event, transaction, nodeKey, stakeYocto, unstakingYocto }: AccountEvent) =>
  [at, event, transaction, nodeKey, stakeYocto, unstakingYocto].join(' ');
