export type * from './chain.types.ts';
export * from './errors.types.ts';
export { createMemoryStore } from './memory-store.ts';
export { openChain } from './runtime/open-chain.ts';
export type * from './store.types.ts';
