/** A value loaded when it is asked for and kept for a while. */
export interface Memo<T> {
  /** The kept value, or a fresh one; callers that come while it loads share the load. A failed load is not kept. */
  get(): Promise<T>;
  /** The next call loads anew. */
  forget(): void;
}

/** Keeps what `load` answers for `ttlMs` milliseconds after it was asked for. */
export function memo<T>(ttlMs: number, load: () => Promise<T>, now: () => number = Date.now): Memo<T> {
  let kept: { value: Promise<T>; untilMs: number } | undefined;
  return {
    get() {
      if (kept && kept.untilMs > now()) return kept.value;
      const fresh = { value: load(), untilMs: now() + ttlMs };
      kept = fresh;
      fresh.value.catch(() => {
        if (kept === fresh) kept = undefined;
      });
      return fresh.value;
    },
    forget() {
      kept = undefined;
    },
  };
}
