import { DeaiApiError } from './errors.ts';
import type { ClientOptions, Tokens } from './options.ts';

/** Who the client is at the moment. */
export interface Session {
  /** The credential to send; `undefined` when there is none. */
  bearer(): string | undefined;
  tokens(): Tokens | undefined;
  set(tokens: Tokens | undefined): Promise<void>;
  /** Gets a new access token in place of `stale`; callers at the same time share one refresh. False when there is nothing to refresh with. */
  renew(stale: string): Promise<boolean>;
}

/** @param exchange asks the server for the next pair */
export function createSession(options: ClientOptions, exchange: (refreshToken: string) => Promise<Tokens>): Session {
  const { apiKey, onTokens, aroundRefresh } = options;
  let current = options.tokens;
  let renewing: Promise<void> | undefined;

  async function set(tokens: Tokens | undefined): Promise<void> {
    current = tokens && { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken };
    await onTokens?.(current);
  }
  async function refresh(stale: Tokens): Promise<void> {
    const next = () => exchange(stale.refreshToken);
    try {
      const tokens = aroundRefresh ? await aroundRefresh(stale, next) : await next();
      // A logout or login meanwhile wins.
      if (current === stale) await set(tokens);
    } catch (error) {
      if (current === stale && error instanceof DeaiApiError && error.status === 401) await set(undefined);
      throw error;
    }
  }

  return {
    bearer: () => current?.accessToken ?? apiKey,
    tokens: () => current,
    set,
    async renew(stale) {
      if (!current) return false;
      if (current.accessToken !== stale) return true;
      renewing ??= refresh(current).finally(() => {
        renewing = undefined;
      });
      await renewing;
      return true;
    },
  };
}
