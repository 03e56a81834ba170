export type * from './chain.types.ts';
export * from './errors.types.ts';
export { createMemoryStore } from './memory-store.ts';
export { type AccountCredentials, createCredentials, credentialsPath, readOrCreateCredentials } from './node/credentials.ts';
export { buildProgram, DEFAULT_RPC_PORT, type ProgramIo } from './node/program.ts';
export * from './node/start-local-chain.ts';
export { type FileStoreOptions, openFileStore } from './node/store/file-store.ts';
export { StoreError, type StoreErrorCode } from './node/store/store-error.ts';
export type * from './store.types.ts';
