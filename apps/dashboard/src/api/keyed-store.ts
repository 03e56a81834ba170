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

/** @param limit keys kept; the one that changed longest ago goes first */
export function createKeyed<T>(limit: number): Keyed<T> {
  const values = new Map<string, T>();
  const byKey = new Map<string, Set<() => void>>();
  const onAny = new Set<(keys: ReadonlySet<string>) => void>();
  let changed = new Set<string>();

  function tell(key: string): void {
    for (const listener of [...(byKey.get(key) ?? [])]) listener();
  }

  return {
    get: (key) => values.get(key),
    set(key, value) {
      // Put in anew, so that a map's order is that of the last changes.
      values.delete(key);
      values.set(key, value);
      changed.add(key);
      if (values.size <= limit) return;
      for (const oldest of values.keys()) {
        values.delete(oldest);
        break;
      }
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
      values.clear();
      changed.clear();
    },
  };
}
