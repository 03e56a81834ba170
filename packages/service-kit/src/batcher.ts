/** Collects items and hands them over in batches: the group commit of the hot path. */
export interface Batcher<Item, Result> {
  /** Resolves with this item's result once its batch was flushed. */
  add(item: Item): Promise<Result>;
  /** Items waiting or being flushed. */
  readonly size: number;
  /** Resolves when everything added so far was flushed. */
  drain(): Promise<void>;
}

export interface BatcherOptions<Item, Result> {
  /** Handles one batch; answers one result, or an Error, for each item, in order. A throw fails the whole batch. */
  flush(items: Item[]): Promise<readonly (Result | Error)[]>;
  maxItems: number;
  /** Batches under way at once: the number of connections that do the work. */
  concurrency: number;
  /**
   * A batch that is not full begins at the earliest this long after the one before it: small commits cost nearly as much as large ones.
   * The first after a pause does not wait. 0 by default.
   */
  lingerMs?: number;
  /** What an item counts towards `maxItems`; 1 when left out. */
  weigh?(item: Item): number;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Natural batching: a batch leaves as soon as a slot is free, so an idle system adds no wait and a busy one forms
 * batches of whatever came meanwhile. In between, `lingerMs` keeps them from being small and many.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { maxItems, concurrency, lingerMs = 0, weigh = () => 1 } = options;
  let waiting: Waiting<Item, Result>[] = [];
  let underWay = 0;
  let inFlight = 0;
  let scheduled = false;
  let _lingering: NodeJS.Timeout | undefined;
  let waitingWeight = 0;
  let begunAtMs = Number.NEGATIVE_INFINITY;
  let idle: (() => void)[] = [];

  function take(): Waiting<Item, Result>[] {
    let weight = 0;
    let count = 0;
    while (count < waiting.length) {
      const more = weigh((waiting[count] as Waiting<Item, Result>).item);
      if (count > 0 && weight + more > maxItems) break;
      weight += more;
      count++;
    }
    waitingWeight -= weight;
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function run(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await options.flush(batch.map((w) => w.item));
      batch.forEach((w, i) => {
        const result = results[i];
        if (result instanceof Error) w.reject(result);
        else w.resolve(result as Result);
      });
    } catch (error) {
      for (const w of batch) w.reject(error);
    }
    underWay--;
    inFlight -= batch.length;
    pump();
  }

  /** How long a batch should still wait for company. */
  function restMs(): number {
    return waitingWeight >= maxItems ? 0 : begunAtMs + lingerMs - performance.now();
  }
  function pump(): void {
    scheduled = false;
    while (underWay < concurrency && waiting.length > 0) {
      const waitMs = restMs();
      if (waitMs > 0) {
        _lingering ??= setTimeout(() => {
          _lingering = undefined;
          pump();
        }, waitMs);
        break;
      }
      if (lingerMs > 0) begunAtMs = performance.now();
      const batch = take();
      underWay++;
      inFlight += batch.length;
      void run(batch);
    }
    if (underWay === 0 && waiting.length === 0) {
      for (const done of idle) done();
      idle = [];
    }
  }

  return {
    add(item) {
      return new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        waitingWeight += weigh(item);
        // One turn of the event loop lets all that arrived together share a batch.
        if (!scheduled && underWay < concurrency) {
          scheduled = true;
          setImmediate(() => pump());
        }
      });
    },
    get size() {
      return waiting.length + inFlight;
    },
    drain() {
      if (underWay === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}
