import type { PriceSource } from '../domain/ports.ts';

/** One price for ever, for development. */
export function createFixedSource(priceAttoUsd: bigint, now: () => number = Date.now): PriceSource {
  return { name: 'fixed', read: async () => ({ priceAttoUsd, atMs: now() }) };
}
