import { hex } from '@scure/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BorshWriter } from './borsh-writer.ts';

const written = (write: (writer: BorshWriter) => unknown) => {
  const writer = new BorshWriter(1);
  write(writer);
  return hex.encode(writer.take());
};

test.each<[string, (writer: BorshWriter) => unknown, string]>([
  ['a byte', (w) => w.u8(255), 'ff'],
  ['a u32', (w) => w.u32(0x0102_0304), '04030201'],
  ['a u64', (w) => w.u64(1n), '0100000000000000'],
  ['a u64 of a number', (w) => w.u64(1_767_225_600_123), '7ba8da769b010000'],
  ['a u128', (w) => w.u128(2n ** 64n + 2n), '02000000000000000100000000000000'],
  ['the greatest u128', (w) => w.u128(2n ** 128n - 1n), 'ff'.repeat(16)],
  ['text', (w) => w.text('né'), '030000006ec3a9'],
  ['no text', (w) => w.text(''), '00000000'],
  ['bytes', (w) => w.fixed(Uint8Array.of(1, 2)), '0102'],
])('writes %s as borsh does', (_name, write, bytes) => {
  expect(written(write)).toBe(bytes);
});

test.each([-1n, 2n ** 128n])('refuses %s as an unsigned 128-bit number', (value) => {
  expect(() => new BorshWriter().u128(value)).toThrow(RangeError);
});

test('keeps what was written before it grew, and gives copies', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 20 }), fc.bigInt(0n, 2n ** 128n - 1n), (texts, number) => {
      const writer = new BorshWriter(1);
      for (const text of texts) writer.text(text);
      const before = writer.take();
      const after = writer.u128(number).take();
      expect(after.subarray(0, before.length)).toEqual(before);
      expect(after.length).toBe(before.length + 16);
      const expected = Buffer.concat(
        texts.map((text) => {
          const bytes = Buffer.from(text);
          const length = Buffer.alloc(4);
          length.writeUInt32LE(bytes.length);
          return Buffer.concat([length, bytes]);
        }),
      );
      expect(Buffer.from(before)).toEqual(expected);
    }),
  );
});
