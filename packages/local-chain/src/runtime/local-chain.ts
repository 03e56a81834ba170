import type { BlockRecord, Chain, ChainOptions, StatePatch, TxHandle } from '../chain.types.ts';
import { sha256Base58 } from '../crypto/sha256.ts';
import { InvalidTxError } from '../errors.types.ts';
import { PROTOCOL_VERSION } from '../vm/parameters.ts';
import { acceptTransaction } from './accept-transaction.ts';
import { type BlockEnvironment, EPOCH_LENGTH } from './environment.ts';
import type { Genesis } from './genesis.ts';
import type { History } from './history.ts';
import { type IncludedTransaction, type MadeBlock, makeBlock, RECORDS } from './make-block.ts';
import { patchState } from './patch-state.ts';
import type { State } from './state.ts';
import { StateViews } from './state-views.ts';
import { decodeSignedTransaction, type SignedTransaction } from './transaction.ts';
import { TransactionTracker } from './transaction-tracker.ts';

/** A transaction may name a block this far back. */
const TRANSACTION_VALIDITY_BLOCKS = 86_400;
const NS_PER_MS = 1_000_000n;
/** Block time that passes with each height that `fastForward` lets go by. */
const SKIPPED_BLOCK_MS = 1_000;

/** The chain over a loaded state. Made by `openChain`. */
export class LocalChain implements Chain {
  readonly chainId: string;
  readonly genesisHash: string;
  readonly genesisHeight: number;
  readonly genesisTimeNanosec: string;
  readonly protocolVersion = PROTOCOL_VERSION;
  head: BlockRecord;
  private readonly options: ChainOptions;
  private readonly genesis: Genesis;
  private readonly state: State;
  private readonly history: History;
  private readonly views: StateViews;
  private readonly tracker: TransactionTracker;
  private readonly listeners = new Set<(block: BlockRecord) => void>();
  private included: IncludedTransaction[] = [];
  private scheduled = false;
  private durable: Promise<void> = Promise.resolve();
  private failure: Error | undefined;
  private closed = false;

  constructor(options: ChainOptions, genesis: Genesis, state: State, history: History, head: BlockRecord) {
    this.options = options;
    this.genesis = genesis;
    this.state = state;
    this.history = history;
    this.head = head;
    this.tracker = new TransactionTracker((hash) => history.txOutcome(hash));
    this.views = new StateViews(state, genesis.chainId, options.instrumented);
    this.chainId = genesis.chainId;
    this.genesisHash = genesis.hash;
    this.genesisHeight = genesis.height;
    this.genesisTimeNanosec = genesis.timeNs;
    if (this.busy) this.schedule();
  }

  private get busy(): boolean {
    return this.included.length > 0 || this.state.record(RECORDS.queue) !== undefined;
  }

  submit(signedTx: Uint8Array): TxHandle {
    this.checkOpen();
    const tx = decodeSignedTransaction(signedTx);
    const known = this.tracker.get(tx.hash);
    if (known) return known;
    this.checkBlockHash(tx);
    const { state, genesis, head } = this;
    const { gasPriceYocto: gasPrice, maxTotalPrepaidGas } = genesis;
    const accepted = acceptTransaction({ state, height: head.height + 1, gasPrice, maxTotalPrepaidGas }, tx);
    this.included.push({ tx, accepted });
    this.schedule();
    return this.tracker.add(tx.hash);
  }

  private checkOpen(): void {
    if (this.failure) throw new Error('the chain has stopped, its store failed; reopen it', { cause: this.failure });
    if (this.closed) throw new Error('the chain is closed');
  }

  private checkBlockHash({ blockHash }: SignedTransaction): void {
    if (blockHash === this.head.hash) return;
    const height = this.history.height(blockHash);
    if (height === undefined || this.head.height - height > TRANSACTION_VALIDITY_BLOCKS) throw new InvalidTxError('Expired');
  }

  private environment(height: number): BlockEnvironment {
    const offsetMs = BigInt(this.state.record<number>(RECORDS.clockOffset) ?? 0);
    const now = (BigInt(Math.floor(this.options.clock.nowMs())) + offsetMs) * NS_PER_MS;
    const earliest = BigInt(this.head.timestampNanosec) + 1n;
    const timestampNs = now > earliest ? now : earliest;
    return {
      state: this.state,
      chainId: this.chainId,
      height,
      timestampNs,
      epochHeight: Math.floor(height / EPOCH_LENGTH) + 1,
      gasPrice: this.genesis.gasPriceYocto,
      registrarId: this.genesis.registrarId,
      maxTotalPrepaidGas: this.genesis.maxTotalPrepaidGas,
      randomValue: sha256Base58(`random/${this.head.hash}/${height}/${timestampNs}`),
      instrumented: this.options.instrumented,
    };
  }

  /** Blocks are made one a turn, so that timers and sockets have theirs. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.failure !== undefined || !this.busy) return;
      try {
        this.produce(1);
      } catch (error) {
        this.fail(error as Error);
      }
    });
  }

  private produce(heights: number): Promise<void> {
    const { included } = this;
    this.included = [];
    const made = makeBlock(this.environment(this.head.height + heights), this.head, included);
    this.head = made.record;
    if (this.busy) this.schedule();
    return this.commit(made);
  }

  private commit(made: MadeBlock): Promise<void> {
    const { record, commit } = made;
    this.history.add(commit.history);
    const settle = this.tracker.observe(made);
    const stored = this.options.store.commit(commit);
    this.durable = Promise.all([this.durable, stored]).then(() => {
      this.history.settled(commit.history);
      settle();
      for (const listener of this.listeners) listener(record);
    });
    this.durable.catch((error: Error) => this.fail(error));
    return this.durable;
  }

  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.tracker.fail(error);
    this.options.onError?.(error);
  }

  async settle(): Promise<void> {
    while (this.busy && !this.failure) await new Promise((resolve) => setImmediate(resolve));
    await this.durable;
  }

  async advance(ms: number): Promise<BlockRecord> {
    return this.force(() => this.moveClock(ms), 1);
  }

  async fastForward(blocks: number): Promise<BlockRecord> {
    if (!Number.isSafeInteger(blocks) || blocks < 1) throw new RangeError(`blocks must be a positive integer, not ${blocks}`);
    return this.force(() => this.moveClock(blocks * SKIPPED_BLOCK_MS), blocks);
  }

  async patchState(patches: readonly StatePatch[]): Promise<BlockRecord> {
    let minted = 0n;
    return this.force(() => {
      this.state.cause = { type: 'initial_state' };
      minted = patchState(this.state, patches);
      this.head = { ...this.head, totalSupplyYocto: (BigInt(this.head.totalSupplyYocto) + minted).toString() };
    }, 1);
  }

  private async force(change: () => void, heights: number): Promise<BlockRecord> {
    this.checkOpen();
    change();
    const durable = this.produce(heights);
    const block = this.head;
    await durable;
    return block;
  }

  private moveClock(ms: number): void {
    if (!Number.isSafeInteger(ms) || ms < 0) throw new RangeError(`ms must be a whole number from 0 on, not ${ms}`);
    this.state.setRecord(RECORDS.clockOffset, (this.state.record<number>(RECORDS.clockOffset) ?? 0) + ms);
  }

  block = (ref: number | string) => this.history.block(ref);
  blockOfChunk = (chunkHash: string) => this.history.blockOfChunk(chunkHash);
  txOutcome = (hash: string) => this.history.txOutcome(hash);
  receipt = (id: string) => this.history.receipt(id);
  outcome = (id: string) => this.history.outcome(id);
  changes = (height: number) => this.history.changes(height);
  viewAccount = (accountId: string) => this.views.viewAccount(accountId);
  viewAccessKey = (accountId: string, publicKey: string) => this.views.viewAccessKey(accountId, publicKey);
  viewAccessKeyList = (accountId: string) => this.views.viewAccessKeyList(accountId);
  viewState = (accountId: string, prefix: Uint8Array) => this.views.viewState(accountId, prefix);
  viewCode = (accountId: string) => this.views.viewCode(accountId);
  callView = (accountId: string, method: string, args: Uint8Array) => this.views.callView(accountId, method, args, this.head);

  onBlock(listener: (block: BlockRecord) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.settle().catch(() => undefined);
    await this.options.store.close();
  }
}
