import { ONE_USD, TOKEN_DECIMALS } from '@deai/protocol';
import { type PriceReading, ReadError } from '../domain/ports.ts';
import { fromAttoUsd, type Ratio, times, toAttoUsd } from '../domain/ratio.ts';
import { type PoolReader, readPool, requireDepth } from './ref-pool.ts';
import type { Hop } from './route.ts';

export interface RouteReader extends PoolReader {
  /** Pools from the token to one whose price is known. */
  route: readonly Hop[];
  /** What every pool of the route must hold on its far side, in atto-dollars. */
  minLiquidityAttoUsd: bigint;
}

/**
 * The price of the token through pools, all read at one block, given the price of the last token of the route.
 * @throws ReadError also when a pool is too thin, and when the first token has not the decimals of ours.
 */
export async function readRoute(reader: RouteReader, signal: AbortSignal, lastAttoUsd: bigint = ONE_USD): Promise<PriceReading> {
  const { view, decimals, route, minLiquidityAttoUsd } = reader;
  const token = (route[0] as Hop).tokenIn;
  const found = await decimals(token, signal);
  if (found !== TOKEN_DECIMALS)
    throw new ReadError(`${token} has ${found} decimals where ${TOKEN_DECIMALS} are expected: is it the right token?`);
  const block = await view.finalBlock(signal);
  const rates = await Promise.all(route.map((hop) => readPool(reader, hop, block, signal)));
  let price: Ratio = fromAttoUsd(lastAttoUsd);
  for (const [i, rate] of [...rates.entries()].reverse()) {
    requireDepth(rate, price, minLiquidityAttoUsd, (route[i] as Hop).poolId);
    price = times(rate.rate, price);
  }
  return { priceAttoUsd: toAttoUsd(price), atMs: block.atMs };
}
