import type { NodeInfo } from '@deai/protocol';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { nodeList } from '../api/queries.ts';
import { hasRole, useSession } from '../api/session.ts';
import { NodeBadge } from '../ui/badge.tsx';
import { Card, PageHead } from '../ui/card.tsx';
import type { Column } from '../ui/column.ts';
import { Time } from '../ui/facts.tsx';
import { Answer, Empty } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { AuditCard } from './admin/audit-card.tsx';
import { UsersCard } from './admin/users-card.tsx';
import { BooksCard } from './network/money-cards.tsx';
import { ServicesCard } from './network/services-card.tsx';

const COLUMNS: readonly Column<NodeInfo>[] = [
  {
    id: 'name',
    header: 'Node',
    cell: ({ id, name }) => (
      <Link to="/nodes/$id" params={{ id }}>
        {name}
      </Link>
    ),
  },
  { id: 'status', header: 'State', cell: ({ status, draining }) => <NodeBadge status={status} draining={draining} /> },
  { id: 'region', header: 'Region', cell: ({ region }) => region },
  { id: 'operator', header: 'Operator', wide: true, cell: ({ operatorId }) => <code>{operatorId}</code> },
  { id: 'seen', header: 'Last heard from', right: true, wide: true, cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
];

/** For those who run the network. */
export default function AdminPage() {
  const session = useSession();
  const allowed = hasRole(session, 'admin');
  const nodes = useQuery({ ...nodeList({}), enabled: allowed });
  return (
    <div className="page">
      <title>Administration · DeAI</title>
      <PageHead title="Administration">Users and their roles, who did what, and every node: open one to take it out of service.</PageHead>
      {allowed ? (
        <>
          <UsersCard />
          <AuditCard />
          <Card title="All nodes" flush>
            <Answer query={nodes}>
              {(items) =>
                items.length === 0 ? (
                  <Empty title="No node yet" />
                ) : (
                  <Table label="All nodes" rows={items} columns={COLUMNS} keyOf={({ id }) => id} />
                )
              }
            </Answer>
          </Card>
          <div className="grid-2">
            <BooksCard />
            <ServicesCard />
          </div>
        </>
      ) : (
        <div className="card">
          <Empty title="This page is for administrators">An administrator can give you the role.</Empty>
        </div>
      )}
    </div>
  );
}
