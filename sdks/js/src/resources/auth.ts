import type { LoginRequest, RegisterRequest, TokenResponse } from '@deai/protocol';
import { DeaiApiError } from '../errors.ts';
import type { CallOptions, Tokens } from '../options.ts';
import type { Transport } from '../transport.ts';

/** Accounts and sessions. */
export interface AuthApi {
  /** Opens an account and a session; the client uses it from here on. */
  register(request: RegisterRequest, options?: CallOptions): Promise<TokenResponse>;
  /** Opens a session; the client uses it from here on. */
  login(request: LoginRequest, options?: CallOptions): Promise<TokenResponse>;
  /** Takes the next pair of tokens now. Not needed as a rule: an expired access token is refreshed by itself. */
  refresh(): Promise<Tokens>;
  /** Closes the session on the server and forgets it here, also when the server had closed it before. */
  logout(options?: CallOptions): Promise<void>;
}

export function createAuthApi({ call, session }: Transport): AuthApi {
  async function enter(path: string, body: object, options?: CallOptions): Promise<TokenResponse> {
    const answer = await call<TokenResponse>(path, { ...options, method: 'POST', body, anonymous: true, retry: 'refused' });
    await session.set(answer);
    return answer;
  }
  return {
    register: (request, options) => enter('/auth/register', request, options),
    login: (request, options) => enter('/auth/login', request, options),
    async refresh() {
      const stale = session.tokens()?.accessToken;
      if (stale !== undefined) await session.renew(stale);
      const tokens = session.tokens();
      if (!tokens)
        throw new DeaiApiError({ code: 'REFRESH_TOKEN_INVALID', status: 401, message: 'There is no session to refresh: log in.' });
      return tokens;
    },
    async logout(options) {
      try {
        await call('/auth/logout', { ...options, method: 'POST' });
      } catch (error) {
        if (!(error instanceof DeaiApiError) || error.status !== 401) throw error;
      }
      await session.set(undefined);
    },
  };
}
