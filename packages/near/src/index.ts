export * from './compute-contract.ts';
export type * from './near.types.ts';
export { NearError } from './near-error.ts';
