import { Link } from '@tanstack/react-router';
import type { SettlementBatch } from '../../api/types.ts';
import { BatchBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/column.ts';
import { Amount, Time } from '../../ui/facts.tsx';
import { count, shortHash } from '../../ui/format.ts';
import { Table } from '../../ui/table.tsx';

const COLUMNS: readonly Column<SettlementBatch>[] = [
  {
    id: 'number',
    header: 'Batch',
    cell: ({ number }) => (
      <Link to="/settlement/$number" params={{ number: String(number) }}>
        #{number}
      </Link>
    ),
  },
  { id: 'state', header: 'State', cell: ({ state }) => <BatchBadge state={state} /> },
  { id: 'receipts', header: 'Receipts', right: true, cell: ({ receipts }) => count(receipts) },
  { id: 'reward', header: 'Rewards', right: true, wide: true, cell: ({ rewardYocto }) => <Amount yocto={rewardYocto} /> },
  { id: 'built', header: 'Built', right: true, cell: ({ builtAt }) => <Time at={builtAt} /> },
];
const ALL: readonly Column<SettlementBatch>[] = [
  ...COLUMNS,
  { id: 'final', header: 'Final', right: true, wide: true, cell: ({ finalAt }) => <Time at={finalAt} /> },
  {
    id: 'root',
    header: 'Root of receipts',
    wide: true,
    cell: ({ roots }) => <span className="mono">{shortHash(roots.receipts.hash)}</span>,
  },
];

/** Settlement batches, newest first. */
export function BatchTable({ batches, detailed = false }: { batches: readonly SettlementBatch[]; detailed?: boolean }) {
  return <Table label="Settlement batches" rows={batches} columns={detailed ? ALL : COLUMNS} keyOf={({ number }) => String(number)} />;
}
