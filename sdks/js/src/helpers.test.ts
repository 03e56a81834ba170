import { formatUsd, formatTokens as protocolFormat, parseTokens as protocolParse, usdOf as protocolUsdOf } from '@deai/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMsOf, sleep } from './backoff.ts';
import { cosine, decodeVector, formatTokens, parseTokens, usdOf } from './index.ts';
import { chunksOf } from './resources/chunks.ts';

describe('vectors', () => {
  it('decodes the float32 values that were encoded, bit for bit', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true }), (values) => {
        const base64 = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
        expect(decodeVector(base64)).toEqual(values);
      }),
    );
  });
  it('refuses a text that is not whole floats', () => {
    expect(() => decodeVector('AAAA')).toThrow(RangeError);
  });
  it('gives 1 for the same direction, -1 for the opposite, 0 for a right angle and for zero', () => {
    expect(cosine([1, 2], [2, 4])).toBeCloseTo(1, 12);
    expect(cosine([1, 2], [-1, -2])).toBeCloseTo(-1, 12);
    expect(cosine([1, 0], [0, 5])).toBe(0);
    expect(cosine([0, 0], [1, 1])).toBe(0);
    expect(() => cosine([1], [1, 2])).toThrow(/dimensions/);
  });
});

describe('amounts', () => {
  it('are written as the protocol writes them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 24 }), (yocto, decimals) => {
        expect(formatTokens(yocto, decimals)).toBe(protocolFormat(yocto, decimals));
      }),
    );
  });
  it('are read as the protocol reads them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (yocto) => {
        const text = formatTokens(yocto);
        expect(parseTokens(text)).toBe(yocto.toString());
        expect(BigInt(parseTokens(text))).toBe(protocolParse(text));
      }),
    );
  });
  it.each(['', '-1', '1e3', '1.', '.5', '1.0000000000000000000000001'])('refuses %j', (text) => {
    expect(() => parseTokens(text)).toThrow(RangeError);
  });
});

describe('amounts in dollars', () => {
  it('are what the protocol says', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 33n }), fc.bigInt({ min: 0n, max: 10n ** 24n }), (yocto, attoUsd) => {
        expect(usdOf(yocto, formatUsd(attoUsd))).toBe(protocolUsdOf(yocto, formatUsd(attoUsd)));
      }),
    );
    expect(usdOf('600000000000000000000', '0.002')).toBe('0.0000012');
  });
  it.each(['', '-1', '1e3', 'null'])('refuse %j as a price', (price) => {
    expect(() => usdOf(1n, price)).toThrow(RangeError);
  });
});

describe('backoff', () => {
  it('grows to a bound, half of it random', () => {
    expect(backoffMs(0, undefined, () => 0)).toBe(100);
    expect(backoffMs(0, undefined, () => 1)).toBe(200);
    expect(backoffMs(3, undefined, () => 1)).toBe(1_600);
    expect(backoffMs(40, undefined, () => 1)).toBe(10_000);
  });
  it('is never shorter than the server asked', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(100_000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, asked, random) => {
        expect(backoffMs(failures, asked, () => random)).toBeGreaterThanOrEqual(asked);
      }),
    );
  });
  it('reads Retry-After as seconds or a date', () => {
    expect(retryAfterMsOf('3')).toBe(3_000);
    expect(retryAfterMsOf('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000);
    expect(retryAfterMsOf('soon')).toBeUndefined();
    expect(retryAfterMsOf(null)).toBeUndefined();
  });
  it('sleeps no longer than its signal allows', async () => {
    const reason = new Error('enough');
    await expect(sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('chunks', () => {
  const task = (chars: number) => ({ kind: 'ocr', input: { image: 'x'.repeat(chars) } });
  it('hold all tasks in their order, at most 1,000 each', () => {
    const tasks = Array.from({ length: 2_500 }, () => task(1));
    const chunks = chunksOf(tasks);
    expect(chunks.map((chunk) => chunk.length)).toEqual([1_000, 1_000, 500]);
    expect(chunks.flat()).toEqual(tasks);
  });
  it('stay below the size of a request, unless one task alone is larger', () => {
    const chunks = chunksOf([task(2_000_000), task(2_000_000), task(2_000_000), task(7_000_000), task(1)]);
    expect(chunks.map((chunk) => chunk.length)).toEqual([2, 1, 1, 1]);
    expect(chunksOf([])).toEqual([]);
  });
});
