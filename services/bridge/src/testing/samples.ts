import { newId, newKeyPair, type WorkReceipt } from '@deai/protocol';
import fc from 'fast-check';

const NODE = newKeyPair();
const HASH = 'ab'.repeat(32);

/** A few accounts, so that random receipts meet in them. */
export const account = fc.constantFrom('ann.near', 'bob.near', 'cid.near', 'dee.near', 'treasury.near');
/** Yocto from nothing to more than there is. */
export const amount = fc.bigInt({ min: 0n, max: 10n ** 30n });

/** A receipt that says what it is told to; its signature is none. */
export function sampleReceipt(more: Partial<WorkReceipt> = {}): WorkReceipt {
  return {
    taskId: newId(),
    leaseId: newId(),
    payer: 'ann.near',
    payee: 'bob.near',
    nodeKey: NODE.publicKey,
    kind: 'language-id',
    model: 'lid-176',
    inputHash: HASH,
    outputHash: HASH,
    units: '1',
    rewardYocto: 600n,
    feeYocto: 30n,
    startedAtMs: 1_767_225_600_000,
    runMs: '2.5',
    path: [],
    signature: `${'A'.repeat(86)}==`,
    ...more,
  };
}
