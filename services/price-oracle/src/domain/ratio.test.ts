import { ONE_USD } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadError } from './ports.ts';
import { fromAttoUsd, powerOfTen, times, toAttoUsd, whole } from './ratio.ts';

test('prices survive fractions exactly, and powers of ten cancel out', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 40n }), fc.integer({ min: -80, max: 80 }), (attoUsd, exponent) => {
      expect(toAttoUsd(times(fromAttoUsd(attoUsd), powerOfTen(exponent), powerOfTen(-exponent)))).toBe(attoUsd);
    }),
  );
});

test('rounds half up, once', () => {
  expect(toAttoUsd({ numerator: 1n, denominator: 3n })).toBe(333_333_333_333_333_333n);
  expect(toAttoUsd({ numerator: 2n, denominator: 3n })).toBe(666_666_666_666_666_667n);
  expect(toAttoUsd({ numerator: 1n, denominator: 2n * ONE_USD })).toBe(1n);
});

test('what makes no price is refused', () => {
  for (const exponent of [81, -81, 2 ** 31, 0.5, Number.NaN]) expect(() => powerOfTen(exponent)).toThrow(ReadError);
  for (const value of [0n, -1n]) expect(() => toAttoUsd(whole(value))).toThrow('not above zero');
  expect(() => toAttoUsd({ numerator: 1n, denominator: 3n * ONE_USD })).toThrow('below');
});
