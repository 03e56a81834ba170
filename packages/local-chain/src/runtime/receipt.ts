import { sha256Base58 } from '../crypto/sha256.ts';
import type { Action, PublicKey } from './action.types.ts';
import { NO_KEY } from './public-key.ts';

/** The account that refunds come from. */
export const SYSTEM = 'system';

/** Actions for an account, executed as a whole or not at all. Ids are base58. */
export interface ActionReceipt {
  readonly kind: 'action';
  readonly id: string;
  /** The transaction it came of. */
  readonly txHash: string;
  readonly predecessorId: string;
  readonly receiverId: string;
  readonly signerId: string;
  readonly signerPublicKey: PublicKey;
  /** Yocto per gas that was paid for. */
  readonly gasPrice: bigint;
  readonly outputDataReceivers: { dataId: string; receiverId: string }[];
  readonly inputDataIds: readonly string[];
  readonly actions: readonly Action[];
  readonly isYield: boolean;
  /** Who gets the deposit back; the predecessor if absent. */
  readonly refundTo?: string;
}

/** The result of a receipt for another one that waits for it; null: it failed. */
export interface DataReceipt {
  readonly kind: 'data';
  readonly id: string;
  readonly txHash: string;
  readonly predecessorId: string;
  readonly receiverId: string;
  readonly dataId: string;
  readonly data: Uint8Array | null;
  readonly isResume: boolean;
}

export type Receipt = ActionReceipt | DataReceipt;

/** Ids that follow from where they are made: the same on every run. */
export class IdSource {
  private readonly seed: string;
  private count = 0;

  constructor(parent: string, height: number) {
    this.seed = `${parent}/${height}`;
  }

  next(): string {
    return sha256Base58(`${this.seed}/${this.count++}`);
  }
}

/** Money that goes back. For unused gas `publicKey` names the key whose allowance it restores. */
export function refundReceipt(id: string, txHash: string, receiverId: string, amount: bigint, publicKey?: PublicKey): ActionReceipt {
  return {
    kind: 'action',
    id,
    txHash,
    predecessorId: SYSTEM,
    receiverId,
    signerId: publicKey === undefined ? SYSTEM : receiverId,
    signerPublicKey: publicKey ?? NO_KEY,
    gasPrice: 0n,
    outputDataReceivers: [],
    inputDataIds: [],
    actions: [{ kind: 'Transfer', deposit: amount }],
    isYield: false,
  };
}
