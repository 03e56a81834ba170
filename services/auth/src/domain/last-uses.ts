import type { ApiKeyStore } from './ports.ts';

/** Last uses of API keys, written together now and then instead of once a request. */
export interface LastUses {
  record(keyId: string): void;
  /** Writes what came since the last flush; what cannot be written stays for the next one. */
  flush(): Promise<void>;
}

export function createLastUses(store: Pick<ApiKeyStore, 'recordUses'>, now: () => number): LastUses {
  let uses = new Map<string, Date>();
  return {
    record: (keyId) => void uses.set(keyId, new Date(now())),
    async flush() {
      if (uses.size === 0) return;
      const batch = uses;
      uses = new Map();
      try {
        await store.recordUses(batch);
      } catch (error) {
        for (const [keyId, at] of batch) if (!uses.has(keyId)) uses.set(keyId, at);
        throw error;
      }
    },
  };
}
