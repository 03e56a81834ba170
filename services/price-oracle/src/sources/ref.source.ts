import type { PriceSource } from '../domain/ports.ts';
import { type RouteReader, readRoute } from './route-price.ts';

/** The price that pools of an exchange with Ref's interface make; the last token of the route is taken as one dollar. */
export function createRefSource(reader: RouteReader): PriceSource {
  return { name: 'ref', read: (signal) => readRoute(reader, signal) };
}
