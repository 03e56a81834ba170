import { NearError, NodeError } from './near-error.ts';
import { retry } from './retry.ts';

export interface RpcOptions {
  /** May carry an API key: it is never logged nor told. */
  url: string;
  /** For one attempt. */
  timeoutMs: number;
  /** Pause before the second attempt, in ms. */
  pauseMs?: number;
}

/** Bounds of one request. */
export interface RequestLimits {
  /** Ends the request, which then rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** In all; three when left out. */
  attempts?: number;
  /** Largest answer. One MiB when left out, far more than any view answers. */
  maxBytes?: number;
}

/** Calls one method of NEAR's JSON-RPC; answers the `result`, unchecked. */
export type Rpc = (method: string, params: object, limits?: RequestLimits) => Promise<unknown>;

const ATTEMPTS = 3;
const PAUSE_MS = 200;
const MAX_BYTES = 1_048_576;
/** What passes by itself: a node that is busy, behind, or has not seen the block yet. */
const PASSING = new Set(['TIMEOUT_ERROR', 'NO_SYNCED_BLOCKS', 'NOT_SYNCED_YET', 'UNKNOWN_BLOCK', 'UNAVAILABLE_SHARD', 'INTERNAL_ERROR']);

/** The NEAR node as seen through its JSON-RPC: bounded in time and size, tried again when that may help. Rejects with NearError. */
export function createRpc({ url, timeoutMs, pauseMs = PAUSE_MS }: RpcOptions): Rpc {
  return (method, params, { signal, attempts = ATTEMPTS, maxBytes = MAX_BYTES } = {}) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'deai', method, params });
    return retry(() => attempt({ url, timeoutMs, body, signal, maxBytes }), { attempts, pauseMs, signal });
  };
}

interface Attempt {
  url: string;
  timeoutMs: number;
  body: string;
  signal: AbortSignal | undefined;
  maxBytes: number;
}

async function attempt({ url, timeoutMs, body, signal, maxBytes }: Attempt): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    status = response.status;
    text = await readBounded(response, maxBytes);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NearError) throw error;
    const problem = timeout.aborted ? `did not answer in ${timeoutMs} ms` : 'cannot be reached';
    throw new NearError('unreachable', `the NEAR node ${problem}`, { cause: error });
  }
  return resultOf(status, text);
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new NearError('failed', `the NEAR node answered more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function resultOf(status: number, text: string): unknown {
  const answer = parse(text);
  const { result, error } = (typeof answer === 'object' && answer !== null ? answer : {}) as { result?: unknown; error?: unknown };
  if (error !== undefined && error !== null) throw errorOf(error);
  if (status === 429 || status >= 500) throw new NearError('unreachable', `the NEAR node answered HTTP ${status}`);
  if (status !== 200) throw new NearError('failed', `the NEAR node answered HTTP ${status}`);
  if (result === undefined) throw new NearError('failed', 'the NEAR node answered something else than JSON-RPC');
  return result;
}

/** Errors look like `{name, cause: {name, info}, data}`. Only names of the usual form are passed on. */
function errorOf(error: unknown): NodeError {
  const { name, cause, data } = error as { name?: unknown; cause?: { name?: unknown; info?: unknown }; data?: unknown };
  const code = [cause?.name, name].find((text): text is string => typeof text === 'string' && /^[A-Z_]{1,64}$/.test(text)) ?? 'an error';
  return new NodeError(PASSING.has(code) ? 'unreachable' : 'failed', code, { info: cause?.info, data });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
