import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeaiError, formatUsd, ONE_TOKEN, ONE_USD, parseUsd, usdOf } from './index.ts';

test('dollars survive being written and read, to the last atto-dollar', () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (attoUsd) => parseUsd(formatUsd(attoUsd)) === attoUsd));
  expect([formatUsd(0n), formatUsd(ONE_USD), formatUsd(1n)]).toEqual(['0', '1', '0.000000000000000001']);
});

test.each(['', '-1', '+1', '1e3', '.5', '1.', '0x1', '1.0000000000000000001', 'NaN', '1,5'])('refuses %j as dollars', (text) => {
  expect(() => parseUsd(text)).toThrow(DeaiError);
});

test.each([
  [0n, '0.25', '0'],
  [ONE_TOKEN, '0.25', '0.25'],
  [4n * ONE_TOKEN, '1234.5', '4938'],
  [ONE_TOKEN / 3n, '1', '0.333333'],
  [(2n * ONE_TOKEN) / 3n, '1', '0.666667'],
  [630_000_000_000_000_000n, '0.002', '0.00000000126'],
  [123_456_789n, '0.000000000000000001', '0.0000000000000000000000000000000001235'],
  [1n, '0.000000000000000001', '0.000000000000000000000000000000000000000001'],
  [999_999_999_999_999_999_999_999n, '1', '1'],
])('%d yocto at $%s are $%s', (yocto, price, usd) => {
  expect(usdOf(yocto, price)).toBe(usd);
});

test('what an amount is worth is off by less than one part in a thousand, or half a millionth of a dollar', () => {
  const amounts = fc.bigInt({ min: 1n, max: 10n ** 33n });
  fc.assert(
    fc.property(amounts, fc.bigInt({ min: 1n, max: 10n ** 24n }), (yocto, attoUsd) => {
      const exact = yocto * attoUsd;
      const [whole = '', fraction = ''] = usdOf(yocto, formatUsd(attoUsd)).split('.');
      const shown = BigInt(whole + fraction.padEnd(42, '0'));
      const off = shown > exact ? shown - exact : exact - shown;
      expect(off * 1000n <= exact || off * 2_000_000n <= 10n ** 42n).toBe(true);
      // At most what the interface promises, whatever the size.
      expect(fraction.length).toBeLessThanOrEqual(42);
    }),
  );
});
