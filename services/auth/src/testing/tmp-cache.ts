export function createMemoryCache() {
  const windows = new Map<string, { count: number; resetMs: number }>();
  return {
    get: async () => undefined,
    set: async () => undefined,
    delete: async (key: string) => void windows.delete(key),
    async increment(key: string, windowMs: number) {
      const old = windows.get(key);
      const w = old && old.resetMs > Date.now() ? old : { count: 0, resetMs: Date.now() + windowMs };
      w.count++;
      windows.set(key, w);
      return { ...w };
    },
    close: async () => undefined,
  };
}
