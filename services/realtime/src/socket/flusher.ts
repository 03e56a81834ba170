/** Lets whatever is sent to several sockets in one turn of the event loop leave together at its end. */
export interface Flusher {
  /** Calls `flush` at the end of this turn, once however often it is asked. */
  add(flush: () => void): void;
}

export function createFlusher(): Flusher {
  let waiting = new Set<() => void>();
  function run(): void {
    const now = waiting;
    waiting = new Set();
    for (const flush of now) flush();
  }
  return {
    add(flush) {
      if (waiting.size === 0) setImmediate(run);
      waiting.add(flush);
    },
  };
}
