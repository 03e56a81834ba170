import type { NearView } from '@deai/near';
import Type from 'typebox';
import { type PriceSource, ReadError } from '../domain/ports.ts';
import { powerOfTen, times, toAttoUsd, whole } from '../domain/ratio.ts';

const PythPrice = Type.Object({
  /** i64 as text. */
  price: Type.String({ pattern: '^-?[0-9]{1,19}$' }),
  conf: Type.String({ pattern: '^[0-9]{1,20}$' }),
  expo: Type.Integer({ minimum: -40, maximum: 40 }),
  /** Seconds. */
  publish_time: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000 }),
});

export interface PythOptions {
  view: NearView;
  /** Account of Pyth's contract. */
  contract: string;
  /** 64 hex digits. */
  priceId: string;
  /** How wide the confidence interval may be, in basis points of the price. */
  maxConfBps: number;
}

const BPS = 10_000n;

/** Pyth (`get_price`): `price × 10^expo` dollars, give or take `conf × 10^expo`, published at `publish_time`. */
export function createPythSource({ view, contract, priceId, maxConfBps }: PythOptions): PriceSource {
  return {
    name: 'pyth',
    async read(signal) {
      const args = { price_identifier: priceId };
      const found = await view.call({ contract, method: 'get_price', args, schema: Type.Union([PythPrice, Type.Null()]) }, signal);
      if (!found) throw new ReadError(`${contract} has no recent price of this id`);
      const [price, conf] = [BigInt(found.price), BigInt(found.conf)];
      if (price <= 0n) throw new ReadError(`the price at ${contract} is not above zero`);
      if (conf * BPS > price * BigInt(maxConfBps)) {
        throw new ReadError(
          `the price at ${contract} is uncertain by ${Number((conf * BPS) / price) / 100} %, and ${maxConfBps / 100} % is the limit`,
        );
      }
      return { priceAttoUsd: toAttoUsd(times(whole(price), powerOfTen(found.expo))), atMs: found.publish_time * 1000 };
    },
  };
}
