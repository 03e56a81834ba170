import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { signUp } from '../api/session.ts';
import type { RegisterRequest } from '../api/types.ts';
import { TextField } from '../ui/field.tsx';
import { FormError } from '../ui/states.tsx';

const MIN_PASSWORD = 12;

function requestOf(form: FormData): RegisterRequest {
  const name = String(form.get('name')).trim();
  const roles = form.getAll('roles') as ('requester' | 'operator')[];
  return {
    email: String(form.get('email')).trim(),
    password: String(form.get('password')),
    ...(name ? { name } : {}),
    ...(roles.length > 0 ? { roles } : {}),
  };
}

function Role({ value, title, text, checked = false }: { value: string; title: string; text: string; checked?: boolean }) {
  return (
    <label className="check">
      <input type="checkbox" name="roles" value={value} defaultChecked={checked} />
      <span>
        {title}
        <br />
        <span className="hint">{text}</span>
      </span>
    </label>
  );
}

export default function SignupPage() {
  const { next } = useSearch({ from: '/signup' });
  const navigate = useNavigate();
  const router = useRouter();
  const signup = useMutation({
    mutationFn: signUp,
    onSuccess: (_done, { roles }) => {
      if (next) return router.history.push(next);
      return roles?.includes('requester') === false ? navigate({ to: '/nodes' }) : navigate({ to: '/playground' });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    signup.mutate(requestOf(new FormData(event.currentTarget)));
  };
  return (
    <div className="auth">
      <title>Sign up · DeAI</title>
      <form className="card auth-card card-body" onSubmit={submit}>
        <div>
          <h1>Sign up</h1>
          <p className="muted">One account to use the network and to earn in it.</p>
        </div>
        <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={MIN_PASSWORD}
          hint={`At least ${MIN_PASSWORD} characters.`}
        />
        <TextField label="Name (optional)" name="name" autoComplete="name" maxLength={100} />
        <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0 }}>
          <legend className="label" style={{ paddingBottom: 8 }}>
            What for?
          </legend>
          <Role value="requester" title="Submit tasks" text="Pay per result, with a quote before." checked />
          <Role value="operator" title="Run nodes" text="Earn with your own machines." />
        </fieldset>
        <FormError error={signup.error} />
        <button type="submit" className="btn btn-primary" disabled={signup.isPending}>
          {signup.isPending ? 'Signing up…' : 'Sign up'}
        </button>
        <p className="small muted">
          Have an account?{' '}
          <Link to="/login" search={next ? { next } : {}}>
            Log in
          </Link>
        </p>
      </form>
    </div>
  );
}
