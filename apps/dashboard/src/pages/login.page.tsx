import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { logIn } from '../api/session.ts';
import { TextField } from '../ui/field.tsx';
import { FormError } from '../ui/states.tsx';

/** What a link such as the demo's filled in; behind the `#`, so it is sent to nobody. It is not logged in until the user says so. */
function prefilled(): { email: string; password: string } {
  const given = new URLSearchParams(location.hash.slice(1));
  return { email: given.get('email') ?? '', password: given.get('password') ?? '' };
}

export default function LoginPage() {
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const router = useRouter();
  const given = prefilled();
  const login = useMutation({
    mutationFn: logIn,
    onSuccess: () => (next ? router.history.push(next) : navigate({ to: '/tasks' })),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    login.mutate({ email: String(form.get('email')).trim(), password: String(form.get('password')) });
  };
  return (
    <div className="auth">
      <title>Log in · DeAI</title>
      <form className="card auth-card card-body" onSubmit={submit}>
        <div>
          <h1>Log in</h1>
          <p className="muted">Use the network, run nodes, see what you spend and earn.</p>
        </div>
        <TextField label="E-mail address" name="email" type="email" autoComplete="username" required defaultValue={given.email} />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          defaultValue={given.password}
        />
        <FormError error={login.error} />
        <button type="submit" className="btn btn-primary" disabled={login.isPending}>
          {login.isPending ? 'Logging in…' : 'Log in'}
        </button>
        <p className="small muted">
          No account yet?{' '}
          <Link to="/signup" search={next ? { next } : {}}>
            Sign up
          </Link>
        </p>
      </form>
    </div>
  );
}
