export * from './borsh-writer.ts';
export * from './receipt-document.ts';
export * from './result-proof.ts';
export * from './settlement-parties.ts';
export * from './sum-tree.ts';
export * from './verify-receipt.ts';
export * from './work-receipt.ts';
