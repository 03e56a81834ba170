/** Tokens of a session. The refresh token works once: each refresh gives the next pair. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** How a client reaches a network and who it is. */
export interface ClientOptions {
  /** Base address, such as `https://deai.example`; a path before `/api/v1` is kept. */
  baseUrl: string;
  /** Used while there are no session tokens. */
  apiKey?: string | undefined;
  /** A session from an earlier run. */
  tokens?: Tokens | undefined;
  /** Called with every new pair (login, refresh) and with `undefined` when the session is over. Awaited, so it may write to disk. */
  onTokens?: ((tokens: Tokens | undefined) => void | Promise<void>) | undefined;
  /**
   * Runs around every refresh, for clients that share one session: take a lock, look whether another has refreshed meanwhile (then return
   * its pair), else call `refresh`. Two refreshes with the same token close the session.
   */
  aroundRefresh?: ((stale: Tokens, refresh: () => Promise<Tokens>) => Promise<Tokens>) | undefined;
  /** Limit of one call with its retries, in ms. Default 30 000; waiting for a task has its own. */
  timeoutMs?: number | undefined;
  /** Tries after the first one, on network errors and on 429, 503 and 504. Default 3. */
  retries?: number | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Used instead of the global `WebSocket`. */
  WebSocket?: typeof globalThis.WebSocket | undefined;
}

/** Options of every call. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Instead of the client's `timeoutMs`. */
  timeoutMs?: number | undefined;
}
