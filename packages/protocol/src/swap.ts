import { DeaiError } from './errors.ts';
import { divideUp } from './money.ts';

/** A pool of two tokens on an exchange with Ref's interface, as it stands: amounts in the tokens' smallest units. */
export interface SwapPool {
  /** Account of the exchange contract. */
  exchange: string;
  poolId: number;
  tokenIn: string;
  tokenOut: string;
  decimalsIn: number;
  decimalsOut: number;
  reserveIn: bigint;
  reserveOut: bigint;
  /** The exchange's fee in basis points, taken from what goes in. */
  feeBps: number;
}

/** Prices of both tokens by the oracle, in atto-dollars for one whole token. */
export interface SwapPrices {
  inAttoUsd: bigint;
  outAttoUsd: bigint;
  /** When the older of them was true. */
  atMs: number;
}

export interface SwapRequest {
  /** In the smallest unit of the token that goes in. */
  amountIn: bigint;
  pool: SwapPool;
  oraclePrice: SwapPrices;
  /** Least acceptable outcome: this many basis points below what the oracle says. */
  maxSlippageBps: number;
  /** How far the pool's price may be from the oracle's, either way, in basis points. */
  maxDeviationBps: number;
  /** How old the oracle's price may be. */
  maxPriceAgeMs: number;
  nowMs: number;
}

/** The call that swaps: on the contract of the token that goes in, with a deposit of one yoctoNEAR. */
export interface SwapPlan {
  contractId: string;
  method: 'ft_transfer_call';
  args: { receiver_id: string; amount: string; msg: string };
  depositYoctoNear: '1';
  /** What comes out if nobody trades in between. */
  expectedOut: bigint;
  /** Less than this fails on chain. Taken from the oracle, so that nobody who moves the pool can lower it. */
  minAmountOut: bigint;
}

const BPS = 10_000n;
/** A price from the future is a wrong clock, unless it is only a little ahead. */
const MAX_SKEW_MS = 60_000;

/**
 * Plans a swap whose least outcome follows from the oracle, never from the pool alone.
 * The recipient must be registered with the token that comes out: what cannot be sent is not refunded.
 * @throws DeaiError `INVALID_AMOUNT` for nothing to swap or impossible limits, `PRICE_STALE` when the oracle's price is too old,
 * `PRICE_DEVIATES` when the pool's price is too far from it, `SLIPPAGE_TOO_HIGH` when fee and depth would cost more than allowed.
 */
export function planSwap(request: SwapRequest): SwapPlan {
  checkAmounts(request);
  const { amountIn, pool, maxSlippageBps } = request;
  checkPrice(request);
  const fair = fairOut(amountIn, request);
  const minAmountOut = divideUp(fair.numerator * (BPS - BigInt(maxSlippageBps)), fair.denominator * BPS);
  const expectedOut = poolOut(amountIn, pool);
  if (expectedOut < minAmountOut) {
    throw new DeaiError('SLIPPAGE_TOO_HIGH', {
      expectedOut: expectedOut.toString(),
      minAmountOut: minAmountOut.toString(),
      hint: 'Swap less at a time, or allow more slippage.',
    });
  }
  const { poolId: pool_id, tokenIn: token_in, tokenOut: token_out } = pool;
  const amount = amountIn.toString();
  const action = { pool_id, token_in, amount_in: amount, token_out, min_amount_out: minAmountOut.toString() };
  return {
    contractId: pool.tokenIn,
    method: 'ft_transfer_call',
    args: { receiver_id: pool.exchange, amount, msg: JSON.stringify({ actions: [action] }) },
    depositYoctoNear: '1',
    expectedOut,
    minAmountOut,
  };
}

function checkAmounts({ amountIn, pool, oraclePrice, maxSlippageBps, maxDeviationBps }: SwapRequest): void {
  const wrong = (problem: string) => new DeaiError('INVALID_AMOUNT', { problem });
  if (amountIn <= 0n) throw wrong('there is nothing to swap');
  if (pool.reserveIn <= 0n || pool.reserveOut <= 0n) throw wrong('the pool is empty');
  if (pool.tokenIn === pool.tokenOut) throw wrong('a token cannot be swapped for itself');
  if (oraclePrice.inAttoUsd <= 0n || oraclePrice.outAttoUsd <= 0n) throw wrong('a price must be above zero');
  const bounded = (bps: number) => Number.isInteger(bps) && bps >= 0 && bps < Number(BPS);
  if (![maxSlippageBps, maxDeviationBps, pool.feeBps].every(bounded)) throw wrong('basis points go from 0 to 9999');
}

function checkPrice(request: SwapRequest): void {
  const { pool, oraclePrice, maxDeviationBps, maxPriceAgeMs, nowMs } = request;
  const ageMs = nowMs - oraclePrice.atMs;
  if (ageMs > maxPriceAgeMs || ageMs < -MAX_SKEW_MS) throw new DeaiError('PRICE_STALE', { ageS: Math.round(ageMs / 1000) });
  const fair = fairOut(pool.reserveIn, request);
  // reserveOut beside what the oracle would give for reserveIn: |pool − fair| / fair, all multiplied out.
  const difference = pool.reserveOut * fair.denominator - fair.numerator;
  const absolute = difference < 0n ? -difference : difference;
  if (absolute * BPS > fair.numerator * BigInt(maxDeviationBps)) {
    const deviationBps = Number((difference * BPS) / fair.numerator);
    throw new DeaiError('PRICE_DEVIATES', {
      deviationBps,
      maxDeviationBps,
      hint: 'Somebody may have moved the pool: wait, and look at it.',
    });
  }
}

/** What the oracle says `amountIn` is worth in the other token, as an exact fraction of its smallest unit. */
function fairOut(amountIn: bigint, { pool, oraclePrice }: SwapRequest): { numerator: bigint; denominator: bigint } {
  return {
    numerator: amountIn * oraclePrice.inAttoUsd * 10n ** BigInt(pool.decimalsOut),
    denominator: oraclePrice.outAttoUsd * 10n ** BigInt(pool.decimalsIn),
  };
}

/** What a constant-product pool gives, rounded down as the contract does. */
function poolOut(amountIn: bigint, { reserveIn, reserveOut, feeBps }: SwapPool): bigint {
  const paid = amountIn * (BPS - BigInt(feeBps));
  return (paid * reserveOut) / (reserveIn * BPS + paid);
}
