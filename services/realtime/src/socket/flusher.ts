/** Lets whatever is sent to several sockets in one turn of the event loop leave together at its end. */
export interface Flusher {
  /** Calls `flush` at the end of this turn, or when the gap is over, once however often it is asked. */
  add(flush: () => void): void;
}

/** @param gapMs the least time between two flushes: what comes within it leaves together. The first after a pause does not wait. */
export function createFlusher(gapMs = 0): Flusher {
  let waiting = new Set<() => void>();
  let last = Number.NEGATIVE_INFINITY;
  function run(): void {
    const now = waiting;
    waiting = new Set();
    last = performance.now();
    for (const flush of now) flush();
  }
  return {
    add(flush) {
      if (waiting.size === 0) {
        const restMs = last + gapMs - performance.now();
        if (restMs > 0) setTimeout(run, restMs);
        else setImmediate(run);
      }
      waiting.add(flush);
    },
  };
}
