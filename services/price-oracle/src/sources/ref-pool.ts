import { type FinalBlock, type NearView, U128 } from '@deai/near';
import { formatUsd } from '@deai/protocol';
import Type from 'typebox';
import { ReadError } from '../domain/ports.ts';
import { powerOfTen, type Ratio, times, toAttoUsd, whole } from '../domain/ratio.ts';
import type { TokenDecimals } from '../near/token-decimals.ts';
import type { Hop } from './route.ts';

const Pool = Type.Object({
  pool_kind: Type.String({ maxLength: 64 }),
  token_account_ids: Type.Array(Type.String({ maxLength: 64 }), { minItems: 2, maxItems: 16 }),
  amounts: Type.Array(U128, { minItems: 2, maxItems: 16 }),
  total_fee: Type.Integer({ minimum: 0, maximum: 9_999 }),
});

/** What is read with. */
export interface PoolReader {
  view: NearView;
  decimals: TokenDecimals;
  /** Account of the exchange contract. */
  exchange: string;
}

/** A pool at one block: what one whole token is worth in the other, and what the pool holds of that other. */
export interface PoolRate {
  rate: Ratio;
  /** Whole tokens that could come out. */
  depth: Ratio;
}

/** A ten-thousandth of the pool moves its price by one basis point. */
const PROBE_PART = 10_000n;
/** With fewer units the price of a probe is too coarse. */
const MIN_UNITS = 1_000n;
const BPS = 10_000n;
/** Reserves and `get_return` of one block may differ by rounding and by the probe's own move. */
const AGREE_BPS = 20n;

/**
 * A simple pool's price is that of its reserves, and `get_return` must say the same. Of any other kind it is what a small part of the pool
 * would give, the fee added back.
 */
export async function readPool(
  { view, decimals, exchange }: PoolReader,
  hop: Hop,
  block: FinalBlock,
  signal: AbortSignal,
): Promise<PoolRate> {
  const { poolId: pool_id, tokenIn: token_in, tokenOut: token_out } = hop;
  const pool = await view.call({ contract: exchange, method: 'get_pool', args: { pool_id }, schema: Pool, block }, signal);
  const reserveIn = reserveOf(pool, token_in, pool_id);
  const reserveOut = reserveOf(pool, token_out, pool_id);
  const probe = reserveIn / PROBE_PART;
  if (probe < MIN_UNITS) throw new ReadError(`pool ${pool_id} holds too little ${token_in}`);
  const args = { pool_id, token_in, amount_in: probe.toString(), token_out };
  const out = BigInt(await view.call({ contract: exchange, method: 'get_return', args, schema: U128, block }, signal));
  if (out < MIN_UNITS) throw new ReadError(`pool ${pool_id} holds too little ${token_out}`);
  const units: Ratio = { numerator: out * BPS, denominator: probe * (BPS - BigInt(pool.total_fee)) };
  const reserves: Ratio = { numerator: reserveOut, denominator: reserveIn };
  const simple = pool.pool_kind === 'SIMPLE_POOL';
  if (simple) requireAgreement(units, reserves, pool_id);
  const [decimalsIn, decimalsOut] = [await decimals(token_in, signal), await decimals(token_out, signal)];
  return {
    rate: times(simple ? reserves : units, powerOfTen(decimalsIn - decimalsOut)),
    depth: times(whole(reserveOut), powerOfTen(-decimalsOut)),
  };
}

/** @throws ReadError when the pool holds less than `minAttoUsd` of what would come out of it. */
export function requireDepth({ depth }: PoolRate, outUsd: Ratio, minAttoUsd: bigint, poolId: number): void {
  const worth = toAttoUsd(times(depth, outUsd));
  if (worth >= minAttoUsd) return;
  throw new ReadError(
    `pool ${poolId} holds only ${formatUsd((worth / 10n ** 16n) * 10n ** 16n)} dollars, and ${formatUsd(minAttoUsd)} are asked for`,
  );
}

function reserveOf(pool: { token_account_ids: string[]; amounts: string[] }, token: string, poolId: number): bigint {
  const index = pool.token_account_ids.indexOf(token);
  const amount = pool.amounts[index];
  if (index < 0 || amount === undefined) throw new ReadError(`pool ${poolId} has no ${token}`);
  return BigInt(amount);
}

function requireAgreement(a: Ratio, b: Ratio, poolId: number): void {
  const [left, right] = [a.numerator * b.denominator, b.numerator * a.denominator];
  const difference = left > right ? left - right : right - left;
  if (difference * BPS <= right * AGREE_BPS) return;
  throw new ReadError(`pool ${poolId} would give something else than its reserves say`);
}
