import type { Tokens } from '@deai/sdk';
import type { Profile } from './types.ts';

const KEY = 'deai.session';

/** A session as it is kept between visits. */
export interface StoredSession {
  tokens: Tokens;
  user: Profile;
}

/** The session that any tab of this browser last wrote. */
export function readSession(): StoredSession | undefined {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? 'null') as StoredSession | null;
    return stored?.tokens?.refreshToken && stored.user?.id ? stored : undefined;
  } catch {
    return undefined;
  }
}

export function writeSession(session: StoredSession | undefined): void {
  if (session) localStorage.setItem(KEY, JSON.stringify(session));
  else localStorage.removeItem(KEY);
}

/** Calls back when another tab logged in or out. */
export function onSessionElsewhere(listener: () => void): void {
  addEventListener('storage', ({ key }) => {
    if (key === KEY || key === null) listener();
  });
}
