import type { NodeInfo, Role } from '@deai/protocol';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { nodeList } from '../api/queries.ts';
import { client, hasRole, useSession } from '../api/session.ts';
import { NodeBadge } from '../ui/badge.tsx';
import { Card, PageHead } from '../ui/card.tsx';
import { Time } from '../ui/facts.tsx';
import { TextField } from '../ui/field.tsx';
import { Answer, Empty, FormError } from '../ui/states.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { BooksCard } from './network/money-cards.tsx';
import { ServicesCard } from './network/services-card.tsx';

const ROLES: readonly Role[] = ['requester', 'operator', 'admin'];

/** Gives a user roles, by id. */
function RolesCard() {
  const set = useMutation({
    mutationFn: ({ id, roles }: { id: string; roles: Role[] }) => client.admin.setRoles(id, roles),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    set.mutate({ id: String(form.get('id')).trim(), roles: form.getAll('roles') as Role[] });
  };
  return (
    <Card title="Roles of a user">
      <form className="stack" onSubmit={submit}>
        <TextField label="Id of the user" name="id" required pattern="[0-9a-f\-]{36}" hint="As it stands in their tasks and nodes." />
        <fieldset className="row" style={{ border: 0, padding: 0, margin: 0, gap: 16 }}>
          <legend className="label" style={{ paddingBottom: 6 }}>
            Roles from now on
          </legend>
          {ROLES.map((role) => (
            <label className="check" key={role}>
              <input type="checkbox" name="roles" value={role} defaultChecked={role === 'requester'} />
              <span>{role}</span>
            </label>
          ))}
        </fieldset>
        <FormError error={set.error} />
        {set.data && (
          <p className="good" role="status">
            {set.data.email} is now {set.data.roles.join(', ')}.
          </p>
        )}
        <button type="submit" className="btn btn-primary" style={{ justifySelf: 'start' }} disabled={set.isPending}>
          Set the roles
        </button>
      </form>
    </Card>
  );
}

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
      <PageHead title="Administration">Roles of users, and every node: open one to take it out of service.</PageHead>
      {allowed ? (
        <>
          <div className="grid-2">
            <RolesCard />
            <BooksCard />
          </div>
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
          <ServicesCard />
        </>
      ) : (
        <div className="card">
          <Empty title="This page is for administrators">An administrator can give you the role.</Empty>
        </div>
      )}
    </div>
  );
}
