import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeaiError, type ErrorCode, ONE_TOKEN, ONE_USD, planSwap, type SwapRequest } from './index.ts';

const NOW = 1_700_000_000_000;
/** 100,000 DEAI beside 25,000 USDC: a quarter of a dollar each, as the oracle says. */
const REQUEST: SwapRequest = {
  amountIn: 100n * ONE_TOKEN,
  pool: {
    exchange: 'ref.near',
    poolId: 7,
    tokenIn: 'deai.near',
    tokenOut: 'usdc.near',
    decimalsIn: 24,
    decimalsOut: 6,
    reserveIn: 100_000n * ONE_TOKEN,
    reserveOut: 25_000_000_000n,
    feeBps: 30,
  },
  oraclePrice: { inAttoUsd: ONE_USD / 4n, outAttoUsd: ONE_USD, atMs: NOW - 30_000 },
  maxSlippageBps: 100,
  maxDeviationBps: 200,
  maxPriceAgeMs: 120_000,
  nowMs: NOW,
};
const pool = (more: Partial<SwapRequest['pool']>): SwapRequest => ({ ...REQUEST, pool: { ...REQUEST.pool, ...more } });
const price = (more: Partial<SwapRequest['oraclePrice']>): SwapRequest => ({
  ...REQUEST,
  oraclePrice: { ...REQUEST.oraclePrice, ...more },
});

function codeOf(request: SwapRequest): ErrorCode | undefined {
  try {
    planSwap(request);
    return undefined;
  } catch (error) {
    if (error instanceof DeaiError) return error.code;
    throw error;
  }
}

test('plans the call on the token, with the least outcome from the oracle', () => {
  const plan = planSwap(REQUEST);
  expect(plan).toMatchObject({ contractId: 'deai.near', method: 'ft_transfer_call', depositYoctoNear: '1', minAmountOut: 24_750_000n });
  expect(plan.args).toMatchObject({ receiver_id: 'ref.near', amount: '100000000000000000000000000' });
  expect(JSON.parse(plan.args.msg)).toEqual({
    actions: [
      { pool_id: 7, token_in: 'deai.near', amount_in: '100000000000000000000000000', token_out: 'usdc.near', min_amount_out: '24750000' },
    ],
  });
  // 99.7 DEAI into the pool after its fee of 0.3 %: 24.9 dollars less the depth.
  expect(plan.expectedOut).toBe(24_900_174n);
});

test('a pool that somebody moved cannot lower the least outcome: the swap is refused instead', () => {
  expect(codeOf(pool({ reserveOut: 24_000_000_000n }))).toBe('PRICE_DEVIATES');
  expect(codeOf(pool({ reserveOut: 26_000_000_000n }))).toBe('PRICE_DEVIATES');
  expect(planSwap(pool({ reserveOut: 24_900_000_000n })).minAmountOut).toBe(planSwap(REQUEST).minAmountOut);
  expect(codeOf({ ...pool({ reserveOut: 25_500_000_000n }), maxDeviationBps: 200 })).toBeUndefined();
  expect(codeOf({ ...pool({ reserveOut: 25_500_000_001n }), maxDeviationBps: 200 })).toBe('PRICE_DEVIATES');
});

test('refuses a price that is old, or from the future', () => {
  expect(codeOf(price({ atMs: NOW - 120_000 }))).toBeUndefined();
  expect(codeOf(price({ atMs: NOW - 120_001 }))).toBe('PRICE_STALE');
  expect(codeOf(price({ atMs: NOW + 60_001 }))).toBe('PRICE_STALE');
});

test('refuses what fee and depth would make worse than allowed', () => {
  expect(codeOf({ ...REQUEST, maxSlippageBps: 20 })).toBe('SLIPPAGE_TOO_HIGH');
  expect(codeOf({ ...REQUEST, amountIn: 1_000n * ONE_TOKEN })).toBe('SLIPPAGE_TOO_HIGH');
});

test.each<[string, SwapRequest]>([
  ['nothing', { ...REQUEST, amountIn: 0n }],
  ['less than nothing', { ...REQUEST, amountIn: -1n }],
  ['an empty pool', pool({ reserveOut: 0n })],
  ['a token for itself', pool({ tokenOut: 'deai.near' })],
  ['a price of zero', price({ inAttoUsd: 0n })],
  ['a negative price', price({ outAttoUsd: -1n })],
  ['any outcome at all', { ...REQUEST, maxSlippageBps: 10_000 }],
  ['a part of a basis point', { ...REQUEST, maxSlippageBps: 0.5 }],
  ['a negative deviation', { ...REQUEST, maxDeviationBps: -1 }],
])('refuses to swap %s', (_what, request) => {
  expect(codeOf(request)).toBe('INVALID_AMOUNT');
});

test('whatever the pool says, a plan promises at least what the oracle says less the slippage, and the pool gives it', () => {
  const amounts = fc.bigInt({ min: 1n, max: 10n ** 30n });
  const bps = fc.integer({ min: 0, max: 9_999 });
  let planned = 0;
  fc.assert(
    fc.property(
      amounts,
      amounts,
      fc.integer({ min: -400, max: 400 }),
      bps,
      fc.constantFrom(0, 30, 100),
      (amountIn, reserveIn, off, slip, feeBps) => {
        const reserveOut = (reserveIn * BigInt(10_000 + off)) / 10_000n;
        const request: SwapRequest = {
          ...pool({ reserveIn, reserveOut, decimalsIn: 24, decimalsOut: 24, feeBps }),
          amountIn,
          oraclePrice: { inAttoUsd: 7n, outAttoUsd: 7n, atMs: NOW },
          maxSlippageBps: slip,
          maxDeviationBps: 300,
        };
        if (codeOf(request)) return;
        planned++;
        const { minAmountOut, expectedOut } = planSwap(request);
        expect(minAmountOut * 10_000n).toBeGreaterThanOrEqual(amountIn * BigInt(10_000 - slip));
        expect(minAmountOut).toBeGreaterThan(0n);
        expect(expectedOut).toBeGreaterThanOrEqual(minAmountOut);
        expect(expectedOut).toBeLessThan(reserveOut);
        const apart = reserveOut > reserveIn ? reserveOut - reserveIn : reserveIn - reserveOut;
        expect(apart * 10_000n).toBeLessThanOrEqual(reserveIn * 300n);
      },
    ),
    { numRuns: 500 },
  );
  expect(planned).toBeGreaterThan(20);
});
