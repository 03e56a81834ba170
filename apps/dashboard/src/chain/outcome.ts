/** How a transaction ended, as far as the page tells of it. */
export interface Outcome {
  hash: string;
  /** What the call returned, parsed; `undefined` for nothing, and for a failure. */
  value: unknown;
  /** Why it, or a part of it, failed: the contract's `ERR_…` where there is one. */
  failure: string | undefined;
}

type Status = { SuccessValue?: unknown; Failure?: unknown } | undefined;
const statusOf = (holder: unknown): Status => {
  const status = (holder as { status?: unknown } | undefined)?.status;
  return typeof status === 'object' && status !== null ? (status as Status) : undefined;
};

/** Reads a node's answer to a transaction. @throws Error for what is no such answer. */
export function outcomeOf(answer: unknown): Outcome {
  const { transaction, receipts_outcome: receipts } = (answer ?? {}) as { transaction?: { hash?: unknown }; receipts_outcome?: unknown };
  const hash = transaction?.hash;
  if (typeof hash !== 'string' || !Array.isArray(receipts)) throw new Error('The NEAR node answered no transaction.');
  const own = statusOf(answer);
  const parts = receipts.map((receipt) => statusOf((receipt as { outcome?: unknown }).outcome));
  const failed = [own, ...parts].find((status) => status?.Failure !== undefined)?.Failure;
  return { hash, value: returnedBy(own?.SuccessValue), failure: failed === undefined ? undefined : wordsOf(failed) };
}

function returnedBy(base64: unknown): unknown {
  try {
    return typeof base64 === 'string' ? JSON.parse(atob(base64)) : undefined;
  } catch {
    return undefined;
  }
}

function wordsOf(failure: unknown): string {
  const text = JSON.stringify(failure);
  return (/ERR_[A-Z0-9_]+[^"\\]*/.exec(text)?.[0] ?? text).slice(0, 300);
}
