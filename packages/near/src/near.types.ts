import type { Static, TSchema } from 'typebox';

/** An account and a key pair of it, as NEAR's tools spell keys: `ed25519:<base58>`. */
export interface NearCredentials {
  readonly accountId: string;
  readonly publicKey: string;
  /** Seed and public key. Never logged, never told. */
  readonly secretKey: string;
}

/** A final block. */
export interface FinalBlock {
  hash: string;
  height: number;
  atMs: number;
}

/** A call of a contract's method that is paid for and may change state. */
export interface FunctionCall {
  method: string;
  /** JSON values only; amounts as base-10 text. */
  args: object;
  /** Gas units; 10¹² are one TGas. */
  gas: bigint;
  /** yoctoNEAR; none when left out. */
  depositYocto?: bigint;
}

/** One thing a transaction does at its receiver. */
export type NearAction =
  | { type: 'call'; call: FunctionCall }
  | { type: 'transfer'; yoctoNear: bigint }
  | { type: 'createAccount' }
  | { type: 'addFullAccessKey'; publicKey: string }
  | { type: 'deploy'; wasm: Uint8Array };

/** What is signed. */
export interface TransactionDraft {
  signer: NearCredentials;
  receiverId: string;
  actions: readonly NearAction[];
  /** Above the access key's. */
  nonce: bigint;
  /** A recent final block: the transaction expires about a day after it. */
  blockHash: string;
}

/** A signed transaction: sending the same bytes again has no second effect. Keep it before it is sent. */
export interface SignedTransaction {
  /** Base58. */
  hash: string;
  /** Base64. */
  bytes: string;
  signerId: string;
  nonce: bigint;
}

/** How a transaction ended, all its receipts included. */
export interface TransactionOutcome {
  hash: string;
  /** The last receipt of the chain succeeded. */
  ok: boolean;
  /** Why not: the contract's panic (`ERR_…`) or NEAR's error, as text. */
  error?: string;
  /** What the receipts on the way failed with, in order; also of a transaction that is `ok`, such as a transfer whose receiver refused. */
  failures?: string[];
  /** What the call returned, parsed as JSON; `undefined` for nothing or for no JSON. */
  value?: unknown;
  /** Logs of all receipts, in order. */
  logs: string[];
  gasBurnt: bigint;
}

/** Where a transaction stands. */
export type TransactionStatus =
  /** No node knows it: not sent, lost, or expired. */
  | { state: 'unknown' }
  | { state: 'pending' }
  /** Final, receipts included. */
  | { state: 'final'; outcome: TransactionOutcome };

/** A read of a contract. */
export interface ContractView<S extends TSchema> {
  contract: string;
  method: string;
  args: object;
  /** The block to read at, the last final one when left out: what is read at one block is as it was together. */
  block?: Pick<FinalBlock, 'hash'>;
  /** What the answer must look like. */
  schema: S;
}

/**
 * NEAR as this project uses it. Every method is bounded in time, tried again when that may help, and rejects with {@link NearError}:
 * nothing that a caller does not await.
 */
export interface NearChain {
  readonly rpcUrl: string;
  finalBlock(): Promise<FinalBlock>;
  /** The key's nonce and whether it has full access; `undefined` when the account or the key does not exist. */
  accessKey(accountId: string, publicKey: string): Promise<{ nonce: bigint; fullAccess: boolean } | undefined>;
  /** yoctoNEAR; `undefined` when the account does not exist. */
  balance(accountId: string): Promise<bigint | undefined>;
  view<S extends TSchema>(view: ContractView<S>): Promise<Static<S>>;
  /** Signs; asks nobody. */
  sign(draft: TransactionDraft): Promise<SignedTransaction>;
  /**
   * Sends, or sends again, and waits until it is final or a time limit passes (`pending`). @throws NearError `rejected` when the node refuses
   * it for good (nonce used by another, expired, no funds for gas): it will never have an effect with these bytes.
   */
  send(transaction: SignedTransaction): Promise<TransactionStatus>;
  status(hash: string, signerId: string): Promise<TransactionStatus>;
}

/** Why NEAR could not be used. `unreachable`: ask again later. `failed`: it answered with an error. `rejected`: see {@link NearChain.send}. */
export type NearErrorKind = 'unreachable' | 'failed' | 'rejected';
