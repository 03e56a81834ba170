import type { TxHandle, TxOutcome } from '../chain.types.ts';
import type { IncludedTransaction, MadeBlock } from './make-block.ts';

interface Tracked {
  readonly handle: TxHandle;
  /** Receipts that came of it and are not executed yet. */
  open: number;
  readonly includedSettled: PromiseWithResolvers<void>;
  readonly executedSettled: PromiseWithResolvers<TxOutcome>;
}

/** Handles of the transactions under way in this process. */
export class TransactionTracker {
  private readonly tracked = new Map<string, Tracked>();

  /** The handle of a transaction that is under way. */
  get(hash: string): TxHandle | undefined {
    return this.tracked.get(hash)?.handle;
  }

  get idle(): boolean {
    return this.tracked.size === 0;
  }

  add({ tx: { hash } }: IncludedTransaction): TxHandle {
    const includedSettled = Promise.withResolvers<void>();
    const executedSettled = Promise.withResolvers<TxOutcome>();
    // Whoever holds the handle may await one of them only.
    includedSettled.promise.catch(() => undefined);
    executedSettled.promise.catch(() => undefined);
    const handle = { hash, included: includedSettled.promise, executed: executedSettled.promise };
    this.tracked.set(hash, { handle, open: 1, includedSettled, executedSettled });
    return handle;
  }

  /** Counts what a block executed. Returns what to call once the block is durable. */
  observe({ record, queue }: MadeBlock): (outcomeOf: (hash: string) => TxOutcome | undefined) => void {
    const included = record.txHashes.map((hash) => this.tracked.get(hash)).filter((entry) => entry !== undefined);
    const done: [string, Tracked][] = [];
    for (const { receipt, outcome } of queue.executed) {
      const entry = this.tracked.get(receipt.txHash);
      if (entry === undefined) continue;
      entry.open += outcome.newReceipts.length - 1;
      if (entry.open > 0) continue;
      this.tracked.delete(receipt.txHash);
      done.push([receipt.txHash, entry]);
    }
    return (outcomeOf) => {
      for (const entry of included) entry.includedSettled.resolve();
      for (const [hash, entry] of done) {
        const outcome = outcomeOf(hash);
        if (outcome) entry.executedSettled.resolve(outcome);
        else entry.executedSettled.reject(new Error(`the store has lost transaction ${hash}`));
      }
    };
  }

  fail(error: Error): void {
    for (const { includedSettled, executedSettled } of this.tracked.values()) {
      includedSettled.reject(error);
      executedSettled.reject(error);
    }
    this.tracked.clear();
  }
}
