import { STORAGE_NUM_EXTRA_BYTES_RECORD } from '../vm/parameters.ts';
import type { InstrumentedStore } from '../vm/vm.types.ts';
import type { AccessKey, PublicKey } from './action.types.ts';
import type { State } from './state.ts';

/** What holds for all receipts of one block. */
export interface BlockEnvironment {
  readonly state: State;
  readonly chainId: string;
  readonly height: number;
  readonly timestampNs: bigint;
  readonly epochHeight: number;
  /** Yocto per gas. */
  readonly gasPrice: bigint;
  readonly registrarId: string;
  readonly maxTotalPrepaidGas: number;
  /** Base of the block's random numbers, base58. */
  readonly randomValue: string;
  /** Where instrumented contracts outlive the process, if anywhere. */
  readonly instrumented?: InstrumentedStore | undefined;
}

/** What a transaction is checked against before it is in a block. */
export type AcceptanceEnvironment = Pick<BlockEnvironment, 'state' | 'height' | 'gasPrice' | 'maxTotalPrepaidGas'>;

/** Nonces of keys added in a block start here; those of transactions stay below the next block's. */
export const NONCES_PER_BLOCK = 1_000_000;
/** Length of an epoch, in blocks. */
export const EPOCH_LENGTH = 43_200;

/** Bytes that an access key counts for in its account's storage. */
export function accessKeyStorage(publicKey: PublicKey, key: AccessKey): number {
  const { permission } = key;
  let bytes = publicKey.length + 8 + 1 + STORAGE_NUM_EXTRA_BYTES_RECORD;
  if (permission.kind === 'FunctionCall') {
    bytes += permission.allowance === null ? 1 : 17;
    bytes += 4 + permission.receiverId.length + 4;
    for (const name of permission.methodNames) bytes += 4 + Buffer.byteLength(name);
  }
  return bytes;
}
