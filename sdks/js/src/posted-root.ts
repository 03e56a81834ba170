import type { PostedRoot } from '@deai/protocol/receipts';
import { DeaiApiError } from './errors.ts';
import type { CallOptions } from './options.ts';

/** Where the chain is asked, and for what. */
export interface PostedRootOptions extends CallOptions {
  /** JSON-RPC of a NEAR node that you trust. */
  rpcUrl: string;
  /** Account of the network's contract, not the one that a receipt names. */
  contractId: string;
  batchId: number;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;

interface ViewAnswer {
  result?: { result?: number[]; error?: string };
  error?: unknown;
}
interface ChainBatch {
  number: number;
  status: PostedRoot['status'];
  receipts: { hash: string; sums: string[] };
}

/**
 * Asks a NEAR node what the contract holds of a settlement batch: the `root` of `verifyReceipt`. The network itself is not asked.
 * `undefined` when the contract holds no such batch any more. @throws DeaiApiError `CHAIN_UNAVAILABLE` when the node gives no answer.
 */
export async function postedRoot(options: PostedRootOptions): Promise<PostedRoot | undefined> {
  const { rpcUrl, contractId, batchId, fetch = globalThis.fetch, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const limit = AbortSignal.timeout(timeoutMs);
  const params = {
    request_type: 'call_function',
    finality: 'final',
    account_id: contractId,
    method_name: 'get_batch',
    args_base64: btoa(JSON.stringify({ number: batchId })),
  };
  try {
    const response = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'deai', method: 'query', params }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const { result, error } = (await response.json()) as ViewAnswer;
    if (!result?.result) throw new Error(result?.error ?? JSON.stringify(error));
    const batch = JSON.parse(new TextDecoder().decode(Uint8Array.from(result.result))) as ChainBatch | null;
    return batch ? { batchId: batch.number, contractId, status: batch.status, ...batch.receipts } : undefined;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const message = `No answer of ${contractId} from ${rpcUrl}: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new DeaiApiError({ code: 'CHAIN_UNAVAILABLE', status: 0, message, cause });
  }
}
