import type { TxHandle, TxOutcome } from '../chain.types.ts';
import type { MadeBlock } from './make-block.ts';

interface Tracked {
  readonly handle: TxHandle;
  /** Receipts that came of it and are not executed yet. */
  open: number;
  readonly included: PromiseWithResolvers<void>;
  readonly executed: PromiseWithResolvers<void>;
}

/** Handles of the transactions under way in this process. */
export class TransactionTracker {
  private readonly tracked = new Map<string, Tracked>();
  private readonly outcomeOf: (hash: string) => TxOutcome | undefined;

  /** @param outcomeOf - reads what came of a transaction whose blocks are durable */
  constructor(outcomeOf: (hash: string) => TxOutcome | undefined) {
    this.outcomeOf = outcomeOf;
  }

  /** The handle of a transaction that is under way. */
  get(hash: string): TxHandle | undefined {
    return this.tracked.get(hash)?.handle;
  }

  add(hash: string): TxHandle {
    const included = Promise.withResolvers<void>();
    const executed = Promise.withResolvers<void>();
    // Whoever holds the handle may await one of them only.
    included.promise.catch(() => undefined);
    executed.promise.catch(() => undefined);
    const { outcomeOf } = this;
    let outcome: Promise<TxOutcome> | undefined;
    const handle: TxHandle = {
      hash,
      included: included.promise,
      // Read when somebody asks: it is put together from as many records as the transaction has receipts.
      get executed() {
        if (!outcome) {
          outcome = executed.promise.then(() => {
            const found = outcomeOf(hash);
            if (found) return found;
            throw new Error(`the store has lost transaction ${hash}`);
          });
          outcome.catch(() => undefined);
        }
        return outcome;
      },
    };
    this.tracked.set(hash, { handle, open: 1, included, executed });
    return handle;
  }

  /** Counts what a block executed. Returns what to call once the block is durable. */
  observe({ record, queue }: MadeBlock): () => void {
    const included = record.txHashes.map((hash) => this.tracked.get(hash)).filter((entry) => entry !== undefined);
    const done: Tracked[] = [];
    for (const { receipt, outcome } of queue.executed) {
      const entry = this.tracked.get(receipt.txHash);
      if (entry === undefined) continue;
      entry.open += outcome.newReceipts.length - 1;
      if (entry.open > 0) continue;
      done.push(entry);
    }
    return () => {
      for (const entry of included) entry.included.resolve();
      for (const { handle, executed } of done) {
        this.tracked.delete(handle.hash);
        executed.resolve();
      }
    };
  }

  fail(error: Error): void {
    for (const { included, executed } of this.tracked.values()) {
      included.reject(error);
      executed.reject(error);
    }
    this.tracked.clear();
  }
}
