import type { Action } from '../runtime/action.types.ts';
import type { InstrumentedModule } from './wasm/instrument.ts';

/** Keeps instrumented contracts, by code hash, beyond the process. What it loses is made anew, so losing costs time only. */
export interface InstrumentedStore {
  get(codeHash: string): InstrumentedModule | undefined;
  /** Never throws. */
  put(codeHash: string, module: InstrumentedModule): void;
}

/** What a receipt's input promise came to. */
export type PromiseResult = { readonly kind: 'value'; readonly value: Uint8Array } | { readonly kind: 'failed' };

/** What a contract can learn about its call. */
export interface CallContext {
  readonly chainId: string;
  readonly currentAccountId: string;
  readonly signerAccountId: string;
  /** Borsh: type byte and key. */
  readonly signerPublicKey: Uint8Array;
  readonly predecessorAccountId: string;
  readonly refundToAccountId: string;
  readonly input: Uint8Array;
  readonly promiseResults: readonly PromiseResult[];
  readonly outputDataReceivers: readonly string[];
  readonly blockHeight: number;
  readonly blockTimestampNs: bigint;
  readonly epochHeight: number;
  /** Without the attached deposit. */
  readonly accountBalance: bigint;
  readonly accountLockedBalance: bigint;
  readonly storageUsage: number;
  readonly attachedDeposit: bigint;
  readonly prepaidGas: number;
  readonly randomSeed: Uint8Array;
  /** Base58. */
  readonly codeHash: string;
  readonly isView: boolean;
}

/** What a contract reaches outside its memory. Keys are binary strings (latin1). */
export interface CallExternal {
  storageGet(key: string): Uint8Array | undefined;
  /** Returns the value before. */
  storageSet(key: string, value: Uint8Array): Uint8Array | undefined;
  storageRemove(key: string): Uint8Array | undefined;
  validatorStake(accountId: string): bigint;
  validatorTotalStake(): bigint;
  /** A fresh id for a yielded promise's data. */
  newDataId(): Uint8Array;
  /** Whether a promise of this account waits for that data. */
  resumeYield(dataId: Uint8Array, payload: Uint8Array): boolean;
}

/** A receipt that a contract asked for. */
export interface PromisedReceipt {
  readonly receiverId: string;
  /** Indices of receipts whose results it waits for. */
  readonly dependencies: readonly number[];
  readonly actions: Action[];
  /** Present for a yielded promise: the id of the data it waits for. */
  readonly yieldDataId?: Uint8Array;
  refundTo?: string;
}

/** What came of a call. */
export interface CallOutcome {
  readonly gasBurnt: number;
  /** Burnt gas and what is attached to outgoing receipts with their fees. */
  readonly gasUsed: number;
  readonly logs: string[];
  readonly balance: bigint;
  readonly storageUsage: number;
  readonly returned:
    | { readonly kind: 'none' }
    | { readonly kind: 'value'; readonly value: Uint8Array }
    | { readonly kind: 'receipt'; readonly index: number };
  readonly receipts: readonly PromisedReceipt[];
  /** Present if it failed: then only gas and logs count. */
  readonly failure?: CallFailure;
}

/** Why a call failed, apart by where it goes in the outcome. */
export type CallFailure =
  | { readonly kind: 'execution'; readonly message: string }
  | { readonly kind: 'compilation'; readonly message: string }
  | { readonly kind: 'method'; readonly message: 'MethodNotFound' | 'MethodEmptyName' | 'MethodInvalidSignature' };
