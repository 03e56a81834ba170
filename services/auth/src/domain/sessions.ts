import { DeaiError, LoginRequest, type Principal, RefreshRequest, type TokenResponse } from '@deai/protocol';
import { loggedOut, sessionOpened } from './audit-log.ts';
import type { FailedLogins } from './failed-logins.ts';
import { createCheck, normaliseEmail } from './input.ts';
import type { LoginLimit } from './login-limit.ts';
import { refreshTokenHash } from './opaque-tokens.ts';
import type { Passwords } from './passwords.ts';
import type { SessionStore, UserStore } from './ports.ts';
import type { TokenIssuer } from './token-issuer.ts';

const checkLogin = createCheck(LoginRequest);
const checkRefresh = createCheck(RefreshRequest);

export interface SessionsDeps {
  users: UserStore;
  sessions: SessionStore;
  passwords: Passwords;
  issuer: TokenIssuer;
  limit: LoginLimit;
  failed: FailedLogins;
}

/** Logins and what follows from them. */
export interface Sessions {
  /**
   * An unknown address takes as long as a wrong password.
   * @throws DeaiError `INVALID_INPUT`, `INVALID_CREDENTIALS`, `RATE_LIMITED`.
   */
  login(request: LoginRequest, clientIp: string | undefined): Promise<TokenResponse>;
  /** Works once a token; roles are read anew. @throws DeaiError `INVALID_INPUT`, `REFRESH_TOKEN_INVALID`, `REFRESH_TOKEN_REUSED`. */
  refresh(request: { refreshToken: string }): Promise<TokenResponse>;
  /** Closes the session that asks; false when it was closed. @throws DeaiError `FORBIDDEN` for an API key. */
  logout(principal: Principal): Promise<boolean>;
}

export function createSessions({ users, sessions, passwords, issuer, limit, failed }: SessionsDeps): Sessions {
  return {
    async login(request, clientIp) {
      const { email: given, password } = checkLogin(request);
      const email = normaliseEmail(given);
      await limit.attempt(email, clientIp);
      const user = await users.findByEmail(email);
      const matches = await passwords.verify(user?.passwordHash, password);
      if (!user || !matches) {
        await failed.record({ userId: user?.id, email, clientIp });
        throw new DeaiError('INVALID_CREDENTIALS');
      }
      await limit.succeeded(email, clientIp);
      if (passwords.isOutdated(user.passwordHash)) {
        await users.replacePasswordHash(user.id, user.passwordHash, await passwords.hash(password));
      }
      const { session, refreshToken } = issuer.newSession();
      await sessions.open(user.id, session, sessionOpened('user.loggedIn', user, session.id, clientIp));
      return await issuer.respond(user, session.id, refreshToken);
    },
    async refresh(request) {
      const hash = refreshTokenHash(checkRefresh(request).refreshToken);
      if (!hash) throw new DeaiError('REFRESH_TOKEN_INVALID');
      const { next, refreshToken } = issuer.nextToken();
      const outcome = await sessions.rotate(hash, next);
      if (outcome.result === 'rotated') return await issuer.respond(outcome.user, outcome.sessionId, refreshToken);
      throw new DeaiError(outcome.result === 'reused' ? 'REFRESH_TOKEN_REUSED' : 'REFRESH_TOKEN_INVALID');
    },
    async logout(principal) {
      if (principal.via !== 'session') throw new DeaiError('FORBIDDEN', { hint: 'An API key has no session: revoke the key instead.' });
      return await sessions.close(principal.credentialId, 'logout', loggedOut(principal));
    },
  };
}
