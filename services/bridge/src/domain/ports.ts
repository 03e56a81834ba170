import type { BatchState, SumNode, WorkReceipt } from '@deai/protocol';

/** What an account earned and was charged in all batches that stand. Amounts in yocto. */
export interface AccountTotal {
  account: string;
  earned: bigint;
  charged: bigint;
  /** The batch in which it first earned. */
  firstBatch: number | undefined;
  /** Has deposited, so it stands among the charges also at zero. */
  depositor: boolean;
}

/** What a batch adds to an account. */
export interface AccountDelta {
  account: string;
  earned: bigint;
  charged: bigint;
}

/** Roots of a batch's three trees; sums in yocto: reward and fee, cumulative rewards, cumulative charges. */
export interface BatchRoots {
  receipts: SumNode;
  rewards: SumNode;
  charges: SumNode;
}

/** A batch that is built but not kept yet. */
export interface BatchDraft {
  number: number;
  /** The one it builds on; 0 for the first. */
  previous: number;
  /** In the order of the tree. */
  receipts: readonly WorkReceipt[];
  roots: BatchRoots;
  deltas: readonly AccountDelta[];
  /** Accounts that earn for the first time. */
  firstEarners: readonly string[];
  /** All leaves, as they are kept in the object store. */
  bytes: Uint8Array;
}

/** What is kept with a batch. */
export interface BuiltFrom {
  /** The last commit of the completion log whose tasks are in it. */
  through: string;
  /** Of its leaves. */
  objectKey: string;
  atMs: number;
}

/** A batch as it is kept. */
export interface StoredBatch {
  number: number;
  previous: number;
  state: BatchState;
  through: string;
  receipts: number;
  rewardYocto: bigint;
  feeYocto: bigint;
  roots: BatchRoots;
  objectKey: string;
  builtAtMs: number;
  postedAtMs: number | undefined;
  finalFromMs: number | undefined;
  finalAtMs: number | undefined;
}

export type IntentKind = 'post' | 'finalize' | 'prune';

/** Something to be done on chain. */
export interface Intent {
  id: number;
  kind: IntentKind;
  /** The batch it concerns; for `prune` the last final one when it was noted. */
  number: number;
  /** As it was signed last, if it is signed now. */
  signed: { hash: string; bytes: string; nonce: bigint } | undefined;
  attempts: number;
  /** Why the last attempt had no effect. */
  error: string | undefined;
  /** Not to be tried before. */
  notBeforeMs: number;
}

/** Where the next batch begins. */
export interface Head {
  /** The last batch that stands; 0 before the first. */
  number: number;
  /** The highest number given so far, rejected ones included. */
  lastNumber: number;
  /** The last commit of the completion log that is settled. */
  through: string;
  totals: Map<string, AccountTotal>;
  /** Batches that are not posted yet. */
  waiting: number;
  builtAtMs: number | undefined;
}

/** Batches and intents. Every write is conditional: two instances, or one that was killed in between, cannot do a thing twice. */
export interface SettlementStore {
  /** Batch, totals and what is to be posted, as of one moment. */
  head(): Promise<Head>;
  /** Keeps a batch with its intent to post it. False, and no change, when the head is another one by now. */
  keep(draft: BatchDraft, built: BuiltFrom): Promise<boolean>;
  batch(number: number): Promise<StoredBatch | undefined>;
  /** Batches in one of the states, by ascending number. */
  open(state: 'waiting' | 'posted'): Promise<StoredBatch[]>;
  lastFinal(): Promise<StoredBatch | undefined>;
  /**
   * Rejects a batch and all later ones: their totals are taken back; those that were never posted give their numbers back. False, and no
   * change, while a transaction of theirs is under way.
   */
  reject(number: number): Promise<boolean>;
  /** Rejections since the last final batch, noticed after `sinceMs`; one that took several batches along is one. */
  rejections(sinceMs: number): Promise<number>;

  addIntent(kind: IntentKind, number: number): Promise<void>;
  /** The oldest intent that is not done. */
  nextIntent(): Promise<Intent | undefined>;
  /** Above the key's, and above all that were signed with: another instance may have signed and not sent yet. */
  nextNonce(usedByKey: bigint): Promise<bigint>;
  /** False when another instance signed it meanwhile. */
  sign(id: number, signed: { hash: string; bytes: string; nonce: bigint }): Promise<boolean>;
  /** Its transaction can have no effect any more: to be signed anew, not before `retryAtMs`. */
  release(id: number, hash: string, error: string, retryAtMs: number): Promise<void>;
  /** It is done, and so is what follows from it for its batch. */
  finish(id: number, change?: BatchChange): Promise<void>;
}

/** What an intent that is done means for its batch. */
export type BatchChange = { to: 'posted'; postedAtMs: number; finalFromMs: number } | { to: 'final' };

/** An account of the contract as it was last seen. */
export interface FollowedAccount {
  account: string;
  escrowYocto: bigint;
  requestedYocto: bigint;
  requestedAtMs: number | undefined;
}

/** A node's stake as it was last seen. */
export interface FollowedNode {
  account: string;
  nodeKey: string;
  stakeYocto: bigint;
  /** Asked back and not taken out. */
  unstakingYocto: bigint;
  seq: number;
}

/** Something to be told, as it was read. */
export type Untold<T> = T & { version: number };

/** What was seen of the contract, and which of it the network was told. */
export interface FollowStore {
  seq(): Promise<number>;
  /** Notes what changed, and that everything up to `seq` was seen, if `after` is where it stood. False when another instance was first. */
  note(
    seen: { after: number; seq: number; atMs: number },
    accounts: readonly (FollowedAccount & { seq: number })[],
    nodes: readonly FollowedNode[],
  ): Promise<boolean>;
  account(account: string): Promise<FollowedAccount | undefined>;
  accounts(accounts: readonly string[]): Promise<Map<string, FollowedAccount>>;
  /** When the last of the open requests to withdraw was made that are older than `beforeMs`. */
  stakesOf(account: string): Promise<FollowedNode[]>;
  lastRequestMs(beforeMs: number): Promise<number | undefined>;
  untold(limit: number): Promise<{ accounts: Untold<FollowedAccount>[]; nodes: Untold<FollowedNode>[] }>;
  /** What changed or was linked since it was read stays untold. */
  toldAccounts(accounts: readonly Untold<FollowedAccount>[]): Promise<void>;
  toldNodes(nodes: readonly Untold<FollowedNode>[]): Promise<void>;
}

/** NEAR accounts that users linked. */
export interface LinkStore {
  ofUsers(userIds: readonly string[]): Promise<Map<string, string>>;
  ofAccounts(accounts: readonly string[]): Promise<Map<string, string>>;
  /**
   * `undefined`, and no change, when the account is another user's. What is known of the account is told again; the one that the user
   * had before is unlinked.
   */
  link(userId: string, account: string): Promise<{ linkedAtMs: number } | undefined>;
  /** Accounts that were somebody's and are not: what they deposited is to be taken back from that user, as far as it is not spent. */
  unlinked(): Promise<{ userId: string; accountId: string }[]>;
  forgetUnlinked(told: readonly { userId: string; accountId: string }[]): Promise<void>;
}
