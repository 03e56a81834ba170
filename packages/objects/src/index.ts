export { createFolderStore, type FolderStoreOptions } from './folder-store.ts';
export { assertObjectKey } from './object-key.ts';
export type { ObjectStore } from './object-store.ts';
