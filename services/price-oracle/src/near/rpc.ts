import { ReadError } from '../domain/ports.ts';
import { retry } from './retry.ts';

export interface RpcOptions {
  /** May carry an API key: it is never logged nor told. */
  url: string;
  /** For one attempt. */
  timeoutMs: number;
  /** Pause before the second attempt, in ms. */
  pauseMs?: number;
}

/** Calls one method of NEAR's JSON-RPC; answers the `result`, unchecked. */
export type Rpc = (method: string, params: object, signal: AbortSignal) => Promise<unknown>;

const ATTEMPTS = 3;
const PAUSE_MS = 200;
/** Far more than any view answers. */
const MAX_BYTES = 1_048_576;
/** What passes by itself: a node that is busy, behind, or has not seen the block yet. */
const PASSING = new Set(['TIMEOUT_ERROR', 'NO_SYNCED_BLOCKS', 'NOT_SYNCED_YET', 'UNKNOWN_BLOCK', 'UNAVAILABLE_SHARD', 'INTERNAL_ERROR']);

/** The NEAR node as seen through its JSON-RPC: bounded in time and size, tried again when that may help. Rejects with ReadError. */
export function createRpc({ url, timeoutMs, pauseMs = PAUSE_MS }: RpcOptions): Rpc {
  return (method, params, signal) => retry(() => attempt(url, timeoutMs, method, params, signal), { attempts: ATTEMPTS, pauseMs, signal });
}

async function attempt(url: string, timeoutMs: number, method: string, params: object, signal: AbortSignal): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'deai', method, params }),
      redirect: 'error',
      signal: AbortSignal.any([signal, timeout]),
    });
    status = response.status;
    text = await readBounded(response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ReadError) throw error;
    const problem = timeout.aborted ? `did not answer in ${timeoutMs} ms` : 'cannot be reached';
    throw new ReadError(`the NEAR node ${problem}`, { cause: error, retryable: true });
  }
  return resultOf(status, text);
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new ReadError('the NEAR node answered more than a view can');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function resultOf(status: number, text: string): unknown {
  const answer = parse(text);
  const { result, error } = (typeof answer === 'object' && answer !== null ? answer : {}) as { result?: unknown; error?: unknown };
  if (error !== undefined && error !== null) throw errorOf(error);
  if (status === 429 || status >= 500) throw new ReadError(`the NEAR node answered HTTP ${status}`, { retryable: true });
  if (status !== 200) throw new ReadError(`the NEAR node answered HTTP ${status}`);
  if (result === undefined) throw new ReadError('the NEAR node answered something else than JSON-RPC');
  return result;
}

/** Errors look like `{name, cause: {name, info}}`. Only names of the usual form are passed on. */
function errorOf(error: unknown): ReadError {
  const { name, cause } = error as { name?: unknown; cause?: { name?: unknown } };
  const code = [cause?.name, name].find((text): text is string => typeof text === 'string' && /^[A-Z_]{1,64}$/.test(text)) ?? 'an error';
  return new ReadError(`the NEAR node answered ${code}`, { cause: error, retryable: PASSING.has(code) });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
