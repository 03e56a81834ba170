import { abortable, backoffMs, sleep } from './backoff.ts';
import { DeaiApiError } from './errors.ts';
import { type Exchange, exchange } from './http.ts';
import type { CallOptions, ClientOptions, Tokens } from './options.ts';
import { createSession, type Session } from './session.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 3;

/** One call of the API. */
export interface Call extends CallOptions {
  method?: Exchange['method'];
  query?: object | undefined;
  body?: unknown;
  headers?: Record<string, string>;
  /** `refused` repeats only what the server said it did not do; for calls that must not happen twice. Default `safe`. */
  retry?: 'safe' | 'refused';
  /** Sends no credential. */
  anonymous?: boolean;
}

/** Sends calls: credentials, retries, refresh of an expired session. */
export interface Transport {
  call<T>(path: string, call?: Call): Promise<T>;
  readonly session: Session;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** @throws TypeError when `baseUrl` is not an http or https address. */
export function createTransport(options: ClientOptions): Transport {
  const baseUrl = checkedBase(options.baseUrl);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, retries = DEFAULT_RETRIES, fetch = globalThis.fetch } = options;

  /** One try; an expired access token is renewed and the try repeated, once. */
  async function attempt(path: string, call: Call, signal: AbortSignal): Promise<unknown> {
    const send = (bearer: string | undefined) => exchange(fetch, toExchange(baseUrl, path, call, bearer, signal));
    if (call.anonymous) return await send(undefined);
    const bearer = session.bearer();
    try {
      return await send(bearer);
    } catch (error) {
      if (!(error instanceof DeaiApiError) || error.code !== 'TOKEN_EXPIRED' || bearer === undefined) throw error;
      if (!(await abortable(session.renew(bearer), signal).catch(failRenewal))) throw error;
      return await send(session.bearer());
    }
  }

  /** Tries until it works, cannot work, or the deadline leaves no room for another try. `onFailure` hears of each error that is tried again. */
  async function attempts(path: string, call: Call, signal: AbortSignal, deadline: number, onFailure: (error: unknown) => void) {
    for (let failures = 0; ; failures++) {
      try {
        signal.throwIfAborted();
        return await attempt(path, call, signal);
      } catch (error) {
        if (failures >= retries || !mayRepeat(error, call.retry ?? 'safe')) throw error;
        const pauseMs = backoffMs(failures, error.retryAfterMs);
        // Waiting beyond the limit would only hide the reason.
        if (Date.now() + pauseMs >= deadline) throw error;
        onFailure(error);
        await sleep(pauseMs, call.signal);
      }
    }
  }

  async function call<T>(path: string, call: Call = {}): Promise<T> {
    const limitMs = call.timeoutMs ?? timeoutMs;
    const timeout = AbortSignal.timeout(limitMs);
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
    let last: unknown;
    const onFailure = (error: unknown) => {
      last = error;
    };
    try {
      return (await attempts(path, call, signal, Date.now() + limitMs, onFailure)) as T;
    } catch (error) {
      const reason = error instanceof RenewalFailed ? error.cause : error;
      throw timeout.aborted && reason === timeout.reason ? timedOut(path, limitMs, last) : reason;
    }
  }

  const session = createSession(options, (refreshToken) =>
    call<Tokens>('/auth/refresh', { method: 'POST', body: { refreshToken }, anonymous: true, retry: 'refused' }),
  );
  return { call, session, baseUrl, timeoutMs, retries };
}

/** A refresh token may have been used although no answer came, so a call whose refresh failed is not repeated. */
class RenewalFailed extends Error {}

function failRenewal(cause: unknown): never {
  throw new RenewalFailed('', { cause });
}

/** Statuses after which the same request is sent again; 0 stands for no answer. */
const REPEATED: readonly number[] = [0, 429, 503, 504];
/** Codes that say the request was turned away before anything was done. */
const NOT_DONE: readonly string[] = ['RATE_LIMITED', 'OVERLOADED', 'SHUTTING_DOWN'];

function mayRepeat(error: unknown, retry: 'safe' | 'refused'): error is DeaiApiError {
  if (!(error instanceof DeaiApiError) || !error.retryable) return false;
  return retry === 'safe' ? REPEATED.includes(error.status) : NOT_DONE.includes(error.code);
}

function timedOut(path: string, limitMs: number, cause: unknown): DeaiApiError {
  return new DeaiApiError({ code: 'CLIENT_TIMEOUT', status: 0, message: `No answer to ${path} within ${limitMs} ms.`, cause });
}

function toExchange(baseUrl: string, path: string, call: Call, bearer: string | undefined, signal: AbortSignal): Exchange {
  const { method = 'GET', query, body, headers } = call;
  return {
    method,
    url: `${baseUrl}/api/v1${path}${queryText(query)}`,
    headers: {
      accept: 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  };
}

function queryText(query: object | undefined): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

function checkedBase(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new TypeError(`baseUrl must be an http or https address, not "${baseUrl}"`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
