import { newId, type TokenResponse } from '@deai/protocol';
import { toProfile } from './accounts.ts';
import type { KeyRing } from './key-ring.ts';
import { newRefreshToken } from './opaque-tokens.ts';
import type { NewSession, User } from './ports.ts';

const DAY_MS = 86_400_000;

/** Makes the tokens of sessions. */
export interface TokenIssuer {
  /** A session to be stored, and the refresh token whose hash it holds. */
  newSession(): { session: NewSession; refreshToken: string };
  /** The next refresh token of a session. */
  nextToken(): { next: { tokenHash: Buffer; expiresAt: Date }; refreshToken: string };
  /** The answer to a login or refresh, with a new access token. */
  respond(user: User, sessionId: string, refreshToken: string): Promise<TokenResponse>;
}

export function createTokenIssuer(
  keys: Pick<KeyRing, 'sign'>,
  { accessTokenS, refreshTokenDays }: { accessTokenS: number; refreshTokenDays: number },
  now: () => number,
): TokenIssuer {
  function nextToken() {
    const { text, hash } = newRefreshToken();
    return { refreshToken: text, next: { tokenHash: hash, expiresAt: new Date(now() + refreshTokenDays * DAY_MS) } };
  }
  return {
    nextToken,
    newSession() {
      const { refreshToken, next } = nextToken();
      return { refreshToken, session: { id: newId(), ...next } };
    },
    async respond(user, sessionId, refreshToken) {
      const accessToken = await keys.sign({ userId: user.id, sessionId, roles: user.roles });
      return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: accessTokenS, user: toProfile(user) };
    },
  };
}
