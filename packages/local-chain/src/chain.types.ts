import type { TxExecutionError } from './errors.types.ts';
import type { ChainStore } from './store.types.ts';
import type { InstrumentedStore } from './vm/vm.types.ts';

/** Wall time for blocks. Tests pass their own. */
export interface ChainClock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** An account that exists from the first block on. */
export interface GenesisAccount {
  readonly accountId: string;
  readonly balanceYocto: bigint;
  /** Full-access keys, `ed25519:<base58>` or `secp256k1:<base58>`. */
  readonly publicKeys: readonly string[];
  /** Contract code, if it starts with one. */
  readonly code?: Uint8Array;
}

/** How a new chain begins. Ignored (but for a check of `chainId`) when the store holds one. */
export interface GenesisOptions {
  /** Default `localnet`. */
  readonly chainId?: string;
  readonly accounts: readonly GenesisAccount[];
  /** The only account that may create top-level accounts of less than 65 characters, as NEAR's `registrar`. Default: first account. */
  readonly registrarId?: string;
  /** Yocto per gas, constant. Default 100_000_000 (NEAR's minimum). */
  readonly gasPriceYocto?: bigint;
  /** Gas a transaction may attach in all. Default 300 TGas. */
  readonly maxTotalPrepaidGas?: number;
}

export interface ChainOptions {
  readonly genesis: GenesisOptions;
  readonly store: ChainStore;
  readonly clock: ChainClock;
  /** Where instrumented contracts outlive the process. Default: nowhere, each process instruments what it calls. */
  readonly instrumented?: InstrumentedStore;
  /** Hears what cannot be thrown: a store that fails. */
  readonly onError?: (error: Error) => void;
}

/** A block as stored. Hashes are base58. */
export interface BlockRecord {
  readonly height: number;
  readonly hash: string;
  readonly prevHash: string;
  readonly prevHeight: number;
  /** Nanoseconds since 1970, base 10. */
  readonly timestampNanosec: string;
  readonly epochId: string;
  readonly nextEpochId: string;
  /** Yocto per gas. */
  readonly gasPriceYocto: string;
  readonly totalSupplyYocto: string;
  readonly randomValue: string;
  /** Digest over state as of this block (not a trie root). */
  readonly stateRoot: string;
  readonly chunkHash: string;
  readonly gasUsed: number;
  readonly gasLimit: number;
  /** Transactions that entered the chain in this block. */
  readonly txHashes: readonly string[];
  /** Receipts that were executed in this block, in order. */
  readonly receiptIds: readonly string[];
}

/** As in RPC `view_account`. */
export interface AccountView {
  amount: string;
  locked: string;
  code_hash: string;
  storage_usage: number;
  storage_paid_at: 0;
}

/** As in RPC `view_access_key`. */
export interface AccessKeyView {
  nonce: number;
  permission: 'FullAccess' | { FunctionCall: { allowance: string | null; receiver_id: string; method_names: string[] } };
}

/** An action as RPC shows it, e.g. `"CreateAccount"` or `{FunctionCall:{method_name, args, gas, deposit}}` (args base64). */
export type ActionView = string | Record<string, unknown>;

/** As in RPC, `SignedTransactionView`. */
export interface TransactionView {
  signer_id: string;
  public_key: string;
  nonce: number;
  receiver_id: string;
  actions: ActionView[];
  priority_fee: 0;
  signature: string;
  hash: string;
}

/** As in RPC. `SuccessValue` is base64. */
export type ExecutionStatusView = 'Unknown' | { SuccessValue: string } | { SuccessReceiptId: string } | { Failure: TxExecutionError };

/** As in RPC, `ExecutionOutcomeWithIdView`; `proof` is empty, there being no light clients. */
export interface OutcomeView {
  proof: [];
  block_hash: string;
  id: string;
  outcome: {
    logs: string[];
    receipt_ids: string[];
    gas_burnt: number;
    /** Yocto. */
    tokens_burnt: string;
    executor_id: string;
    status: ExecutionStatusView;
    metadata: { version: 3; gas_profile: { cost: string; cost_category: string; gas_used: string }[] };
  };
}

/** As in RPC, `ReceiptView`. */
export interface ReceiptView {
  predecessor_id: string;
  receiver_id: string;
  receipt_id: string;
  priority: 0;
  receipt:
    | {
        Action: {
          signer_id: string;
          signer_public_key: string;
          gas_price: string;
          output_data_receivers: { data_id: string; receiver_id: string }[];
          input_data_ids: string[];
          actions: ActionView[];
          is_promise_yield: boolean;
        };
      }
    | { Data: { data_id: string; data: string | null; is_promise_resume: boolean } };
}

/** How far a transaction has got, in RPC's words. With instant blocks, `FINAL` follows `EXECUTED` at once. */
export type TxProgress = 'NONE' | 'INCLUDED' | 'INCLUDED_FINAL' | 'EXECUTED_OPTIMISTIC' | 'EXECUTED' | 'FINAL';

/** A transaction and all that came of it so far. */
export interface TxOutcome {
  progress: TxProgress;
  /** Follows `SuccessReceiptId`s to the end; `Unknown` until there. RPC shows it as `status` (`Started`/`NotStarted` if Unknown). */
  status: ExecutionStatusView;
  transaction: TransactionView;
  transactionOutcome: OutcomeView;
  /** Breadth first from the transaction, refund receipts included. */
  receiptsOutcome: OutcomeView[];
  /** The receipts of `receiptsOutcome`, same order. For `EXPERIMENTAL_tx_status`. */
  receipts: ReceiptView[];
}

/** What `submit` gives back at once; the transaction is valid and will be in the next block. */
export interface TxHandle {
  readonly hash: string;
  /** The transaction is in a durable block. Rejects only if the store fails. */
  readonly included: Promise<void>;
  /** The transaction and every receipt that came of it, refunds too, is executed and durable. Rejects only if the store fails. */
  readonly executed: Promise<TxOutcome>;
}

/** One state change, in the shape of RPC's `EXPERIMENTAL_changes`. */
export interface StateChangeView {
  cause:
    | { type: 'initial_state' }
    | { type: 'transaction_processing'; tx_hash: string }
    | {
        type: 'action_receipt_processing_started' | 'action_receipt_gas_reward' | 'receipt_processing' | 'postponed_receipt';
        receipt_hash: string;
      };
  type:
    | 'account_update'
    | 'account_deletion'
    | 'access_key_update'
    | 'access_key_deletion'
    | 'data_update'
    | 'data_deletion'
    | 'contract_code_update'
    | 'contract_code_deletion';
  /** `account_id` always; then `public_key`, `access_key`, `key_base64`, `value_base64`, `code_base64` or the account's fields. */
  change: { account_id: string; [field: string]: unknown };
}

/** Result of a view call. */
export interface CallView {
  result: Uint8Array;
  logs: string[];
}

/**
 * An embedded chain with one validator: blocks are made when there is something to do. State is that of `head`; the views answer for
 * it alone.
 */
export interface Chain {
  readonly chainId: string;
  readonly genesisHash: string;
  readonly genesisHeight: number;
  /** Nanoseconds since 1970, base 10. */
  readonly genesisTimeNanosec: string;
  readonly protocolVersion: number;
  /** The newest block. */
  readonly head: BlockRecord;

  /**
   * Checks and queues a borsh-encoded signed transaction. Blocks follow by themselves in the next turn of the event loop.
   * The same transaction again gives the handle of the first, while that is under way, and InvalidNonce later.
   * @throws TxDecodeError, InvalidTxError
   */
  submit(signedTx: Uint8Array): TxHandle;
  /** Waits until nothing is under way and all of it is durable. */
  settle(): Promise<void>;

  /** By height or base58 hash. */
  block(ref: number | string): BlockRecord | undefined;
  /** The block with this chunk, by base58 hash. */
  blockOfChunk(chunkHash: string): BlockRecord | undefined;
  txOutcome(hash: string): TxOutcome | undefined;
  /** Also data receipts. */
  receipt(id: string): ReceiptView | undefined;
  /** Outcome of a transaction or receipt. */
  outcome(id: string): OutcomeView | undefined;
  /** All state changes of a block; empty where there were none. */
  changes(height: number): StateChangeView[];

  /** @throws ViewError UNKNOWN_ACCOUNT */
  viewAccount(accountId: string): AccountView;
  /** @throws ViewError UNKNOWN_ACCESS_KEY, UNKNOWN_ACCOUNT */
  viewAccessKey(accountId: string, publicKey: string): AccessKeyView;
  /** @throws ViewError UNKNOWN_ACCOUNT */
  viewAccessKeyList(accountId: string): { public_key: string; access_key: AccessKeyView }[];
  /** Sorted by key. @throws ViewError UNKNOWN_ACCOUNT, NO_CONTRACT_CODE never */
  viewState(accountId: string, prefix: Uint8Array): { key: Uint8Array; value: Uint8Array }[];
  /** @throws ViewError UNKNOWN_ACCOUNT, NO_CONTRACT_CODE */
  viewCode(accountId: string): { code: Uint8Array; hash: string };
  /** Runs a method without effect. @throws ViewError UNKNOWN_ACCOUNT, NO_CONTRACT_CODE, CONTRACT_EXECUTION_ERROR */
  callView(accountId: string, method: string, args: Uint8Array): CallView;

  /** Puts the block clock forward for good and makes one block. Durable. */
  advance(ms: number): Promise<BlockRecord>;
  /** Lets `blocks` heights pass (one second of block time each); only the last is stored. Overdue yields time out. Durable. */
  fastForward(blocks: number): Promise<BlockRecord>;
  /** Overwrites state without a transaction, as the sandbox's `sandbox_patch_state`: accounts, code and data. Durable. */
  patchState(patches: readonly StatePatch[]): Promise<BlockRecord>;

  /** Called after each block became durable, in order. Returns the way to stop. */
  onBlock(listener: (block: BlockRecord) => void): () => void;
  /** Waits for what is under way, then closes the store. */
  close(): Promise<void>;
}

/** A change of state that no transaction made. */
export type StatePatch =
  | { readonly kind: 'account'; readonly accountId: string; readonly balanceYocto: bigint }
  | { readonly kind: 'accessKey'; readonly accountId: string; readonly publicKey: string }
  | { readonly kind: 'code'; readonly accountId: string; readonly code: Uint8Array }
  | { readonly kind: 'data'; readonly accountId: string; readonly key: Uint8Array; readonly value: Uint8Array };

/** Signature of `openChain`, exported from `runtime/open-chain.ts`: continues the chain in the store, or begins one. */
export type OpenChain = (options: ChainOptions) => Promise<Chain>;
