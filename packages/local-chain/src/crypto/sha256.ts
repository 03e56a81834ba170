import { createHash } from 'node:crypto';
import { base58 } from './base58.ts';

export function sha256(data: Uint8Array | string): Buffer {
  return createHash('sha256').update(data).digest();
}

/** A hash as NEAR shows it. */
export function sha256Base58(data: Uint8Array | string): string {
  return base58(sha256(data));
}
