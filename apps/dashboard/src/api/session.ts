import { DeaiClient, type Tokens } from '@deai/sdk';
import { useSyncExternalStore } from 'react';
import { onSessionElsewhere, readSession, writeSession } from './stored-session.ts';
import type { LoginRequest, Profile, RegisterRequest } from './types.ts';

/** Who uses the page. `expired`: the server ended the session, and the page keeps what it shows until its user logs in again. */
export type Session = { status: 'anonymous'; user: undefined } | { status: 'active' | 'expired'; user: Profile };

const ANONYMOUS: Session = { status: 'anonymous', user: undefined };
const listeners = new Set<() => void>();
const stored = readSession();
let session: Session = stored ? { status: 'active', user: stored.user } : ANONYMOUS;
let leaving = false;

function become(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function onTokens(tokens: Tokens | undefined): void {
  if (tokens && session.user) writeSession({ tokens, user: session.user });
  if (tokens || leaving || !session.user) return;
  become({ status: 'expired', user: session.user });
}

/** One tab refreshes at a time, and the others take what it got: a refresh token works once. */
async function aroundRefresh(stale: Tokens, refresh: () => Promise<Tokens>): Promise<Tokens> {
  const run = async () => {
    const latest = readSession()?.tokens;
    return latest && latest.refreshToken !== stale.refreshToken ? latest : await refresh();
  };
  // Browsers lock in secure contexts only.
  return 'locks' in navigator ? await navigator.locks.request('deai-refresh', run) : await run();
}

/** The network's API, for the whole page. */
export const client: DeaiClient = new DeaiClient({
  baseUrl: location.origin,
  tokens: stored?.tokens,
  onTokens,
  aroundRefresh,
});

onSessionElsewhere(() => {
  // Another user, or none: nothing of what this tab shows is right any more.
  if (readSession()?.user.id !== session.user?.id) location.reload();
});

function enter(user: Profile): void {
  const tokens = client.tokens;
  if (tokens) writeSession({ tokens, user });
  become({ status: 'active', user });
}

/** @throws DeaiApiError */
export async function logIn(request: LoginRequest): Promise<void> {
  enter((await client.auth.login(request)).user);
}

/** @throws DeaiApiError */
export async function signUp(request: RegisterRequest): Promise<void> {
  enter((await client.auth.register(request)).user);
}

/** Ends the session here whatever the server says, and there if it answers. */
export async function logOut(): Promise<void> {
  leaving = true;
  writeSession(undefined);
  await client.auth.logout({ timeoutMs: 3_000 }).catch(() => undefined);
  location.assign('/');
}

/** The server knows the credential no more. */
export function expireSession(): void {
  if (session.status === 'active' && !leaving) become({ status: 'expired', user: session.user });
}

export const currentSession = (): Session => session;

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSession = (): Session => useSyncExternalStore(onSession, currentSession);

/** True for users with one of the roles; administrators may everything. */
export function hasRole({ user }: Session, role: Profile['roles'][number]): boolean {
  return user?.roles.some((own) => own === role || own === 'admin') ?? false;
}
