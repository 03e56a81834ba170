import type { BlockCommit, ChainStore } from './store.types.ts';

/** A store that forgets with its process; the state can be handed to another chain by passing the store on. */
export function createMemoryStore(): ChainStore {
  const state = new Map<string, Uint8Array>();
  const history = new Map<string, Uint8Array>();
  return {
    async load() {
      return Array.from(state, ([key, value]) => ({ key, value }));
    },
    async commit(block: BlockCommit) {
      for (const { key, value } of block.state) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
      for (const { key, value } of block.history) history.set(key, value);
    },
    readHistory: (key) => history.get(key),
    async close() {},
  };
}
