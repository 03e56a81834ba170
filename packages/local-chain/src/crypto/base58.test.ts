import { randomBytes } from 'node:crypto';
import { baseDecode, baseEncode } from 'near-api-js';
import { describe, expect, it } from 'vitest';
import { base58, fromBase58 } from './base58.ts';

describe('base58', () => {
  it('agrees with near-api-js on bytes of any length, also with zeroes in front', () => {
    for (let length = 0; length <= 80; length += 1) {
      for (const zeroes of [0, 1, 5]) {
        const bytes = new Uint8Array([...new Uint8Array(zeroes), ...randomBytes(length)]);
        expect(base58(bytes)).toBe(baseEncode(bytes));
        expect(new Uint8Array(fromBase58(base58(bytes)))).toEqual(bytes);
        expect(baseDecode(base58(bytes))).toEqual(bytes);
      }
    }
  });

  it('refuses other characters', () => {
    expect(() => fromBase58('0OIl')).toThrow('not base58');
  });
});
