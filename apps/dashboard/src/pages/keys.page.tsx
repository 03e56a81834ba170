import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useMemo, useState } from 'react';
import { errorText } from '../api/error-text.ts';
import { apiKeys } from '../api/queries.ts';
import { client } from '../api/session.ts';
import type { ApiKey } from '../api/types.ts';
import { PageHead } from '../ui/card.tsx';
import type { Column } from '../ui/column.ts';
import { Confirm } from '../ui/dialog.tsx';
import { Time } from '../ui/facts.tsx';
import { Answer, Empty } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { notify } from '../ui/toast.tsx';
import { CreateKey } from './keys/create-key.tsx';

function columns(onRevoke: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    { id: 'name', header: 'Name', cell: ({ name }) => <strong>{name}</strong> },
    { id: 'prefix', header: 'Begins with', cell: ({ prefix }) => <code>{prefix}…</code> },
    { id: 'scopes', header: 'May', wide: true, cell: ({ scopes }) => <span className="muted">{scopes.join(', ')}</span> },
    {
      id: 'used',
      header: 'Last used',
      wide: true,
      cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : <span className="muted">never</span>),
    },
    {
      id: 'expires',
      header: 'Expires',
      wide: true,
      cell: ({ expiresAt }) => (expiresAt ? <Time at={expiresAt} /> : <span className="muted">never</span>),
    },
    {
      id: 'revoke',
      header: 'State',
      right: true,
      cell: (key) =>
        key.revokedAt ? (
          <span className="badge bad">Revoked</span>
        ) : (
          <button type="button" className="btn btn-sm" onClick={() => onRevoke(key)}>
            Revoke<span className="sr-only"> {key.name}</span>
          </button>
        ),
    },
  ];
}

/** The user's API keys. */
export default function KeysPage() {
  const query = useQuery(apiKeys);
  const queries = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => client.user.apiKeys.revoke(key.id),
    onSuccess: ({ name }) => notify(`The key “${name}” works no longer.`),
    onError: (error) => notify(errorText(error).title, true),
    onSettled() {
      setRevoking(undefined);
      return queries.invalidateQueries({ queryKey: apiKeys.queryKey });
    },
  });
  const shown = useMemo(() => columns(setRevoking), []);
  const newKey = (
    <button type="button" className="btn btn-primary" onClick={() => setCreating(true)}>
      New key
    </button>
  );
  return (
    <div className="page">
      <title>API keys · DeAI</title>
      <PageHead title="API keys" actions={newKey}>
        For programs and nodes. A key is shown once: the network keeps its hash alone.
      </PageHead>
      <div className="card">
        <Answer query={query}>
          {(keys) =>
            keys.length === 0 ? (
              <Empty icon={KeyRound} title="No key yet" action={newKey}>
                Make one for each program, so that each can be revoked by itself.
              </Empty>
            ) : (
              <Table label="API keys" rows={keys} columns={shown} keyOf={({ id }) => id} />
            )
          }
        </Answer>
      </div>
      <CreateKey open={creating} onOpenChange={setCreating} />
      <Confirm
        open={revoking !== undefined}
        onOpenChange={() => setRevoking(undefined)}
        title="Revoke this key?"
        description={`Programs that use “${revoking?.name ?? ''}” are refused from now on. This cannot be undone.`}
        action="Revoke it"
        busy={revoke.isPending}
        onConfirm={() => revoking && revoke.mutate(revoking)}
      />
    </div>
  );
}
