import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { apiKeys } from '../../api/queries.ts';
import { client, useSession } from '../../api/session.ts';
import type { ApiKeyRequest, Profile, Scope } from '../../api/types.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { Modal } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { FormError } from '../../ui/states.tsx';

/** What keys of each role may be given, in people's words; the server decides. */
const SCOPES: readonly (readonly [Scope, string, readonly Profile['roles'][number][]])[] = [
  ['tasks:read', 'See tasks and results', ['requester', 'operator']],
  ['tasks:write', 'Submit and cancel tasks', ['requester']],
  ['nodes:read', 'See nodes', ['requester', 'operator']],
  ['nodes:write', 'Register and run nodes', ['operator']],
  ['billing:read', 'See balances and the ledger', ['requester', 'operator']],
  ['account:read', 'See the profile and keys', ['requester', 'operator']],
  ['account:write', 'Change the profile, make and revoke keys', ['requester', 'operator']],
  ['admin', 'Administer the network', []],
];
const WITHOUT: readonly Scope[] = ['account:write', 'admin'];

function requestOf(form: FormData): ApiKeyRequest {
  const days = Number(form.get('days'));
  const scopes = form.getAll('scopes') as Scope[];
  return { name: String(form.get('name')).trim(), ...(scopes.length > 0 ? { scopes } : {}), ...(days > 0 ? { expiresInDays: days } : {}) };
}

/** Makes a key and shows it, this once. */
export function CreateKey({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { user } = useSession();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: (request: ApiKeyRequest) => client.user.apiKeys.create(request),
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeys.queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate(requestOf(new FormData(event.currentTarget)));
  };
  const close = (next: boolean) => {
    onOpenChange(next);
    if (!next) create.reset();
  };
  const roles = user?.roles ?? [];
  const offered = SCOPES.filter(([, , allowed]) => roles.includes('admin') || allowed.some((role) => roles.includes(role)));
  if (create.data) {
    return (
      <Modal open={open} onOpenChange={close} title="Your new key" description="Copy it now: it is not shown again.">
        <CodeBlock label="API key" text={create.data.key} wrap />
        <button type="button" className="btn btn-primary" onClick={() => close(false)}>
          I have it
        </button>
      </Modal>
    );
  }
  return (
    <Modal open={open} onOpenChange={close} title="New API key">
      <form className="stack" onSubmit={submit}>
        <TextField label="Name" name="name" required maxLength={100} placeholder="batch server" autoFocus />
        <SelectField label="Expires" name="days" defaultValue="90">
          <option value="30">in 30 days</option>
          <option value="90">in 90 days</option>
          <option value="365">in a year</option>
          <option value="0">never</option>
        </SelectField>
        <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0, gap: 6 }}>
          <legend className="label" style={{ paddingBottom: 6 }}>
            It may
          </legend>
          {offered.map(([scope, text]) => (
            <label className="check" key={scope}>
              <input type="checkbox" name="scopes" value={scope} defaultChecked={!WITHOUT.includes(scope)} />
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
        <FormError error={create.error} />
        <button type="submit" className="btn btn-primary" disabled={create.isPending}>
          {create.isPending ? 'Making it…' : 'Make the key'}
        </button>
      </form>
    </Modal>
  );
}
