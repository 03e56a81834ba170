import { type NearView, U128 } from '@deai/near';
import Type from 'typebox';
import { type PriceSource, ReadError } from '../domain/ports.ts';
import { powerOfTen, times, toAttoUsd, whole } from '../domain/ratio.ts';
import type { TokenDecimals } from '../near/token-decimals.ts';

const PriceData = Type.Object({
  /** Nanoseconds of the block that was read. */
  timestamp: Type.String({ pattern: '^[0-9]{16,19}$' }),
  /** Reports that went into the prices are at most this old. */
  recency_duration_sec: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
  prices: Type.Array(
    Type.Object({
      asset_id: Type.String(),
      price: Type.Union([Type.Object({ multiplier: U128, decimals: Type.Integer({ minimum: 0, maximum: 76 }) }), Type.Null()]),
    }),
    { maxItems: 1_000 },
  ),
});

export interface NearOracleOptions {
  view: NearView;
  decimals: TokenDecimals;
  /** Account of the price oracle's contract. */
  contract: string;
  /** What the oracle calls the asset: mostly its token's account. */
  asset: string;
  /** Decimals of the asset; asked of its token when left out. */
  assetDecimals: number | undefined;
  now?: () => number;
}

/**
 * NEAR's native price oracle (`get_price_data`). A price is `multiplier / 10^decimals` dollars for the smallest unit of the asset. The
 * oracle itself leaves out reports older than its recency; an answer older than that is refused here.
 */
export function createNearOracleSource({ view, decimals, contract, asset, assetDecimals, now = Date.now }: NearOracleOptions): PriceSource {
  return {
    name: 'priceoracle',
    async read(signal) {
      const unit = assetDecimals ?? (await decimals(asset, signal));
      const data = await view.call({ contract, method: 'get_price_data', args: { asset_ids: [asset] }, schema: PriceData }, signal);
      const found = data.prices.find(({ asset_id }) => asset_id === asset)?.price;
      if (!found) throw new ReadError(`${contract} has no recent price of ${asset}`);
      const atMs = Number(BigInt(data.timestamp) / 1_000_000n);
      const ageS = Math.round((now() - atMs) / 1000);
      if (ageS > data.recency_duration_sec) {
        throw new ReadError(`the answer of ${contract} is ${ageS} s old, and ${data.recency_duration_sec} s is its own limit`);
      }
      return { priceAttoUsd: toAttoUsd(times(whole(BigInt(found.multiplier)), powerOfTen(unit - found.decimals))), atMs };
    },
  };
}
