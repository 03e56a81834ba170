import fc from 'fast-check';
import { expect, it } from 'vitest';
import { base58, fromBase58 } from './base58.ts';

it('reads back what it wrote, leading zeroes included', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(Buffer.from(fromBase58(base58(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
});

it('writes as others do', () => {
  expect(base58(Buffer.from('Hello World!'))).toBe('2NEpo7TZRRrLZSi2U');
  expect(base58(new Uint8Array(32))).toBe('1'.repeat(32));
  expect(() => fromBase58('0')).toThrow('not base58');
});
