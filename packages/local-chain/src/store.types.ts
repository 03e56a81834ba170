/** One write to the chain's state. `key` is a binary string: every char code is 0–255, so `latin1` carries it without loss. */
export interface StateWrite {
  readonly key: string;
  /** Absent value: the key is removed. */
  readonly value: Uint8Array | null;
}

/** One record of history: blocks, transactions, outcomes, receipts, changes. Rare rewrites are possible; the last one counts. */
export interface HistoryWrite {
  /** ASCII, at most 120 characters, e.g. `tx/<base58>`. */
  readonly key: string;
  /** UTF-8 JSON. */
  readonly value: Uint8Array;
}

/** Everything one block changes. It is durable as a whole or not at all. */
export interface BlockCommit {
  /** Rises by one from commit to commit; `fastForward` may skip heights. */
  readonly height: number;
  readonly state: readonly StateWrite[];
  readonly history: readonly HistoryWrite[];
}

/**
 * Where a chain lives. The chain keeps the state in memory and reads it once, at `load`; history it reads by key when asked.
 * One chain uses a store at a time.
 */
export interface ChainStore {
  /** All live state entries, in any order; none for a new chain. Called once, before anything else. */
  load(): Promise<Iterable<{ readonly key: string; readonly value: Uint8Array }>>;
  /**
   * Resolves once the block is durable. Calls come in order of height and may overlap: the chain does not wait for one before it
   * sends the next, so that a store can share one sync among many. A rejection stops the chain: it answers reads, but takes no
   * transactions any more.
   */
  commit(block: BlockCommit): Promise<void>;
  /** The newest value of a committed history record. Synchronous, since RPC reads are rare and small. */
  readHistory(key: string): Uint8Array | undefined;
  /** Waits for running commits and lets go of files. */
  close(): Promise<void>;
}
