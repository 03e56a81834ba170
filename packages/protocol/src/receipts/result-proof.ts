import { hex } from '@scure/base';
import type { Sha256 } from './sum-tree.ts';
import type { WorkReceipt } from './work-receipt.ts';

const utf8 = new TextEncoder();
const LEAF = 0;
const INNER = 1;

/** What the node signed of the receipt's result; `outputHash` in hex. */
type SignedPart = Pick<WorkReceipt, 'taskId' | 'leaseId' | 'outputHash' | 'units' | 'startedAtMs' | 'runMs' | 'path'>;

/**
 * The text that the node's signature covers, rebuilt from a receipt: the same as `resultsPayload` of the frame that the result came in,
 * without the frame's other results.
 */
export function signedResultsText(sha256: Sha256, receipt: SignedPart): string {
  const { taskId, leaseId, outputHash, units, startedAtMs, runMs, path } = receipt;
  const leaf = ['deai-result:v1', taskId, leaseId, `ok ${outputHash}`, units, startedAtMs, runMs].join('\n');
  let hash = sha256(joined(Uint8Array.of(LEAF), utf8.encode(leaf)));
  for (const step of path) {
    const sibling = hex.decode(step.slice(1));
    hash = sha256(joined(Uint8Array.of(INNER), ...(step.startsWith('L') ? [sibling, hash] : [hash, sibling])));
  }
  return `deai-results:v1\n${hex.encode(hash)}`;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
