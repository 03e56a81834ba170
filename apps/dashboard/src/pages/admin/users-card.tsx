import { Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import { userList } from '../../api/queries.ts';
import type { Role, UserInfo } from '../../api/types.ts';
import { useRows } from '../../api/use-rows.ts';
import { Card } from '../../ui/card.tsx';
import type { Column } from '../../ui/column.ts';
import { Time } from '../../ui/facts.tsx';
import { capital, count, plural } from '../../ui/format.ts';
import { LongTable } from '../../ui/long-table.tsx';
import { Answer, Empty } from '../../ui/states.tsx';
import { useSettled } from '../../ui/use-settled.ts';
import { ROLES } from './roles.ts';
import { RolesDialog } from './roles-dialog.tsx';

function columns(onRoles: (user: UserInfo) => void): Column<UserInfo>[] {
  return [
    { id: 'email', header: 'E-mail', track: 'minmax(96px, 2fr)', cell: ({ email }) => <strong title={email}>{email}</strong> },
    { id: 'name', header: 'Name', track: 'minmax(80px, 1fr)', wide: true, cell: ({ name }) => name ?? <span className="muted">–</span> },
    {
      id: 'roles',
      header: 'Roles',
      track: 'minmax(116px, 1fr)',
      cell: ({ roles }) => <span title={roles.join(', ')}>{roles.join(', ')}</span>,
    },
    { id: 'created', header: 'Signed up', track: '132px', wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'login', header: 'Last login', track: '132px', wide: true, cell: ({ lastLoginAt }) => <Time at={lastLoginAt} /> },
    {
      id: 'change',
      header: 'Change',
      track: '68px',
      right: true,
      cell: (user) => (
        <button type="button" className="btn btn-sm" onClick={() => onRoles(user)}>
          Roles<span className="sr-only"> of {user.email}</span>
        </button>
      ),
    },
  ];
}

/** Everybody who has an account, found by address, name or role. */
export function UsersCard() {
  const [typed, setTyped] = useState('');
  const [role, setRole] = useState<Role>();
  const [changing, setChanging] = useState<UserInfo>();
  const search = useSettled(typed.trim());
  const { query, rows: users, paging } = useRows(userList(search, role));
  const shown = useMemo(() => columns(setChanging), []);
  const told = (
    <span className="hint num" aria-live="polite">
      {users.length > 0 && (paging.more ? `${count(users.length)}+ users` : plural(users.length, 'user'))}
    </span>
  );
  return (
    <Card title="Users" aside={told} flush>
      <search className="filters">
        <input
          className="input"
          type="search"
          aria-label="Address or name"
          placeholder="Address or name begins with…"
          maxLength={254}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <select
          className="input select"
          aria-label="Role"
          value={role ?? ''}
          onChange={(event) => setRole(ROLES.find((name) => name === event.target.value))}
        >
          <option value="">Every role</option>
          {ROLES.map((name) => (
            <option key={name} value={name}>
              {capital(name)}
            </option>
          ))}
        </select>
      </search>
      <Answer query={query} lines={6}>
        {() =>
          users.length === 0 ? (
            <Empty icon={Users} title="No user matches">
              Search by how the address or the name begins, or choose another role.
            </Empty>
          ) : (
            <LongTable label="Users" rows={users} columns={shown} keyOf={({ id }) => id} {...paging} />
          )
        }
      </Answer>
      {changing && <RolesDialog key={changing.id} user={changing} onClose={() => setChanging(undefined)} />}
    </Card>
  );
}
