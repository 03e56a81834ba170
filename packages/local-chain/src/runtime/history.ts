import type {
  BlockRecord,
  ExecutionStatusView,
  OutcomeView,
  ReceiptView,
  StateChangeView,
  TransactionView,
  TxOutcome,
} from '../chain.types.ts';
import type { ChainStore, HistoryWrite } from '../store.types.ts';

const MAX_HEIGHTS = 1_000;

/** What blocks leave behind, by key. What is not yet durable is read from memory. */
export class History {
  private readonly store: ChainStore;
  private readonly pending = new Map<string, Uint8Array>();
  /** Heights that were asked for lately: every transaction names a block, most of them one of a few. */
  private readonly heights = new Map<string, number>();

  constructor(store: ChainStore) {
    this.store = store;
  }

  /** Keeps records readable until `settled` is called with them. */
  add(writes: readonly HistoryWrite[]): void {
    for (const { key, value } of writes) this.pending.set(key, value);
  }

  settled(writes: readonly HistoryWrite[]): void {
    for (const { key, value } of writes) if (this.pending.get(key) === value) this.pending.delete(key);
  }

  private read<T>(key: string): T | undefined {
    const bytes = this.pending.get(key) ?? this.store.readHistory(key);
    return bytes && (JSON.parse(Buffer.from(bytes).toString()) as T);
  }

  /** Height of a block by its base58 hash. */
  height(hash: string): number | undefined {
    const known = this.heights.get(hash);
    if (known !== undefined) return known;
    const height = this.read<number>(`hash/${hash}`);
    if (height === undefined) return undefined;
    if (this.heights.size >= MAX_HEIGHTS) this.heights.clear();
    this.heights.set(hash, height);
    return height;
  }

  block(ref: number | string): BlockRecord | undefined {
    const height = typeof ref === 'number' ? ref : this.height(ref);
    return height === undefined ? undefined : this.read(`block/${height}`);
  }

  blockOfChunk(chunkHash: string): BlockRecord | undefined {
    const height = this.read<number>(`chunk/${chunkHash}`);
    return height === undefined ? undefined : this.read(`block/${height}`);
  }

  transaction(hash: string): TransactionView | undefined {
    return this.read(`tx/${hash}`);
  }

  receipt(id: string): ReceiptView | undefined {
    return this.read(`receipt/${id}`);
  }

  outcome(id: string): OutcomeView | undefined {
    return this.read(`outcome/${id}`);
  }

  changes(height: number): StateChangeView[] {
    return this.read(`changes/${height}`) ?? [];
  }

  /** A transaction and all that came of it so far. */
  txOutcome(hash: string): TxOutcome | undefined {
    const transaction = this.transaction(hash);
    const transactionOutcome = this.outcome(hash);
    if (!transaction || !transactionOutcome) return undefined;
    const receiptsOutcome: OutcomeView[] = [];
    const receipts: ReceiptView[] = [];
    let complete = true;
    const ids = [...transactionOutcome.outcome.receipt_ids];
    for (const id of ids) {
      const outcome = this.outcome(id);
      const receipt = this.receipt(id);
      if (!outcome || !receipt) {
        complete = false;
        continue;
      }
      receiptsOutcome.push(outcome);
      receipts.push(receipt);
      ids.push(...outcome.outcome.receipt_ids);
    }
    const status = this.finalStatus(transactionOutcome);
    return { progress: complete ? 'FINAL' : 'INCLUDED_FINAL', status, transaction, transactionOutcome, receiptsOutcome, receipts };
  }

  private finalStatus(first: OutcomeView): ExecutionStatusView {
    let outcome: OutcomeView | undefined = first;
    while (outcome) {
      const { status } = outcome.outcome;
      if (typeof status === 'string' || !('SuccessReceiptId' in status)) return status;
      outcome = this.outcome(status.SuccessReceiptId);
    }
    return 'Unknown';
  }
}

/** One record. */
export function historyWrite(key: string, value: unknown): HistoryWrite {
  return { key, value: Buffer.from(JSON.stringify(value)) };
}
