import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { logIn, logOut, useSession } from '../api/session.ts';
import { Modal } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { FormError } from '../ui/states.tsx';

/** Asks for the password again when the session is over, over the page as it is: nothing typed there is lost. */
export function SessionDialog() {
  const session = useSession();
  const queries = useQueryClient();
  const login = useMutation({
    mutationFn: (password: string) => logIn({ email: session.user?.email ?? '', password }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    login.mutate(String(new FormData(event.currentTarget).get('password')));
  };
  if (session.status !== 'expired') return null;
  return (
    <Modal
      open
      required
      onOpenChange={() => undefined}
      title="Your session has ended"
      description="Log in again to go on where you were. Nothing you typed is lost."
    >
      <form className="stack" onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={session.user.email} readOnly />
        <p className="small">
          Account: <strong>{session.user.email}</strong>
        </p>
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required autoFocus />
        <FormError error={login.error} />
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <button type="button" className="btn" onClick={() => void logOut()}>
            Leave
          </button>
          <button type="submit" className="btn btn-primary" disabled={login.isPending}>
            {login.isPending ? 'Logging in…' : 'Log in'}
          </button>
        </div>
      </form>
    </Modal>
  );
}
