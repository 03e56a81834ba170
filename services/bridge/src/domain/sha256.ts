import { hash } from 'node:crypto';

/** SHA-256 of bytes, in one call into the library: a receipt takes two of these. */
export const sha256 = (data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer');
