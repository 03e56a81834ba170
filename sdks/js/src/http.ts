import type { ErrorBody } from '@deai/protocol';
import { retryAfterMsOf } from './backoff.ts';
import { DeaiApiError } from './errors.ts';

/** One HTTP exchange. */
export interface Exchange {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  signal: AbortSignal;
}

/**
 * Sends a request and reads its JSON answer.
 * @throws DeaiApiError for a status ≥ 400, an unreadable answer or none; the signal's reason when it is aborted.
 */
export async function exchange(fetch: typeof globalThis.fetch, { url, body, signal, method, headers }: Exchange): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
    text = await response.text();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const message = `No answer from ${new URL(url).origin}: ${reasonOf(cause)}`;
    throw new DeaiApiError({ code: 'CONNECTION_FAILED', status: 0, message, cause });
  }
  const answer = parse(text);
  if (!response.ok) throw refusal(response, answer);
  if (answer === undefined && response.status !== 204) {
    const message = `${url} did not answer in JSON: is it the address of a DeAI network?`;
    throw new DeaiApiError({ code: 'INVALID_RESPONSE', status: response.status, message });
  }
  return answer;
}

/** `undefined` for what is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(response: Response, answer: unknown): DeaiApiError {
  const { status, statusText, headers } = response;
  const error = (answer as Partial<ErrorBody> | undefined)?.error;
  const retryAfterMs = retryAfterMsOf(headers.get('retry-after'));
  // A proxy in front of the network may answer in a shape of its own.
  if (typeof error?.code !== 'string') {
    const code =
      status === 429 ? 'RATE_LIMITED' : status === 503 || status === 502 ? 'UNAVAILABLE' : status === 504 ? 'TIMEOUT' : 'INVALID_RESPONSE';
    return new DeaiApiError({ code, status, message: `The server answered ${status} ${statusText}`.trimEnd(), retryAfterMs });
  }
  const requestId = error.requestId ?? headers.get('x-request-id') ?? undefined;
  return new DeaiApiError({ code: error.code, status, message: error.message, details: error.details, requestId, retryAfterMs });
}

/** fetch says only "fetch failed"; what happened stands in the innermost cause. */
function reasonOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError && inner.errors[0] instanceof Error) inner = inner.errors[0];
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
