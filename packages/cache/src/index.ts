export type { Cache, WindowCount } from './cache.ts';
export { createMemoryCache, type MemoryCacheOptions } from './memory-cache.ts';
