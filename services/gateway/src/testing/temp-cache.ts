export function createMemoryCache() {
  const counts = new Map<string, { count: number; end: number }>();
  return {
    get: async () => undefined,
    set: async () => {},
    delete: async () => {},
    increment: async (key: string, windowMs: number) => {
      let c = counts.get(key);
      if (!c || c.end <= Date.now()) c = { count: 0, end: Date.now() + windowMs };
      c.count++;
      counts.set(key, c);
      return { count: c.count, resetMs: c.end - Date.now() };
    },
    close: async () => {},
  };
}
