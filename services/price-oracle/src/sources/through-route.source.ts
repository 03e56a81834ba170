import type { PriceSource } from '../domain/ports.ts';
import { type RouteReader, readRoute } from './route-price.ts';

/** A source that knows another token's price, brought to ours by the pools between the two. As old as the older of both. */
export function throughRoute(source: PriceSource, reader: RouteReader): PriceSource {
  return {
    name: source.name,
    async read(signal) {
      const last = await source.read(signal);
      const { priceAttoUsd, atMs } = await readRoute(reader, signal, last.priceAttoUsd);
      return { priceAttoUsd, atMs: Math.min(atMs, last.atMs) };
    },
  };
}
