/** How often a key was counted in its window, and the milliseconds (`resetMs`) until the window ends. */
export interface WindowCount {
  count: number;
  resetMs: number;
}

/**
 * Short-lived shared values. Anything may vanish at any time, so nothing here is the only copy.
 * Values are JSON values; in process they are passed as they are and must not be changed.
 */
export interface Cache {
  get<T>(key: string): Promise<T | undefined>;
  /** Keeps `value` for `ttlMs` milliseconds (> 0). */
  set<T>(key: string, value: T, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Counts one more in the window of `windowMs` that the first call opened. Atomic between instances. */
  increment(key: string, windowMs: number): Promise<WindowCount>;
  close(): Promise<void>;
}
