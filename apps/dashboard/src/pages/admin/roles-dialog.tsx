import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { client } from '../../api/session.ts';
import type { Role, UserInfo } from '../../api/types.ts';
import { Modal } from '../../ui/dialog.tsx';
import { FormError } from '../../ui/states.tsx';
import { notify } from '../../ui/toast.tsx';
import { ROLES } from './roles.ts';

/** Grants and removes roles of one user. */
export function RolesDialog({ user, onClose }: { user: UserInfo; onClose: () => void }) {
  const queries = useQueryClient();
  const set = useMutation({
    mutationFn: (roles: Role[]) => client.admin.setRoles(user.id, roles),
    onSuccess({ email, roles }) {
      notify(`${email} is now ${roles.join(', ')}.`);
      onClose();
      return queries.invalidateQueries({ queryKey: ['admin'] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    set.mutate(new FormData(event.currentTarget).getAll('roles') as Role[]);
  };
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title="Roles" description={user.email}>
      <form className="stack" onSubmit={submit}>
        <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0, gap: 6 }}>
          <legend className="label" style={{ paddingBottom: 6 }}>
            Roles from now on
          </legend>
          {ROLES.map((role) => (
            <label className="check" key={role}>
              <input type="checkbox" name="roles" value={role} defaultChecked={user.roles.includes(role)} />
              <span>{role}</span>
            </label>
          ))}
        </fieldset>
        <p className="hint">A login that is open follows when its token is renewed.</p>
        <FormError error={set.error} />
        <button type="submit" className="btn btn-primary" disabled={set.isPending}>
          {set.isPending ? 'Setting them…' : 'Set the roles'}
        </button>
      </form>
    </Modal>
  );
}
