/** The newest value of each key, bounded, with listeners by key. Listeners hear at `flush` only. */
export interface Keyed<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  subscribe(key: string, listener: () => void): () => void;
  /** Keys whose values changed since the last flush; called at the flush. */
  onChanged(listener: (keys: ReadonlySet<string>) => void): () => void;
  flush(): void;
  clear(): void;
}

/**
 * @param limit keys kept at most; those that changed longest ago go first. Two generations: when the younger is half the limit, the older
 * goes as a whole. Taking single keys from the front of a map costs more with each that was taken before.
 */
export function createKeyed<T>(limit: number): Keyed<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  const byKey = new Map<string, Set<() => void>>();
  const onAny = new Set<(keys: ReadonlySet<string>) => void>();
  let changed = new Set<string>();

  function tell(key: string): void {
    for (const listener of [...(byKey.get(key) ?? [])]) listener();
  }

  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      young.set(key, value);
      changed.add(key);
      if (young.size < limit / 2) return;
      old = young;
      young = new Map();
    },
    subscribe(key, listener) {
      const listeners = byKey.get(key) ?? new Set();
      byKey.set(key, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && byKey.get(key) === listeners) byKey.delete(key);
      };
    },
    onChanged(listener) {
      onAny.add(listener);
      return () => onAny.delete(listener);
    },
    flush() {
      if (changed.size === 0) return;
      const keys = changed;
      changed = new Set();
      for (const listener of onAny) listener(keys);
      // Whichever is fewer is gone through: a page shows tens of the thousands that may change.
      const told = byKey.size < keys.size ? [...byKey.keys()].filter((key) => keys.has(key)) : keys;
      for (const key of told) tell(key);
    },
    clear() {
      young.clear();
      old.clear();
      changed.clear();
    },
  };
}
