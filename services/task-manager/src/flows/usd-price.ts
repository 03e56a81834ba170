import type { Bus } from '@deai/bus';
import { type TokenPrice, type UsdValue, usdOf } from '@deai/protocol';

/** The token's price in US dollars, for people to read beside a quote: it never keeps a quote waiting for long, nor makes it fail. */
export interface UsdPrice {
  /** What an amount is worth; `null` when nobody knows a price. */
  valueOf(yocto: bigint): Promise<UsdValue | null>;
  start(): Promise<void>;
  stop(): void;
}

const REMEMBERED_MS = 10_000;
const TIMEOUT_MS = 500;

export function createUsdPrice(bus: Pick<Bus, 'request' | 'subscribe'>, now: () => number): UsdPrice {
  let known: { price: Promise<TokenPrice | undefined>; untilMs: number } | undefined;
  let stop: (() => void) | undefined;

  function current(): Promise<TokenPrice | undefined> {
    if (known && known.untilMs > now()) return known.price;
    const price = bus.request('prices.current', {}, { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
    known = { price, untilMs: now() + REMEMBERED_MS };
    return price;
  }
  return {
    async valueOf(yocto) {
      const { usd, at, source } = (await current()) ?? { usd: null, at: null, source: null };
      if (usd === null || at === null || source === null) return null;
      return { amount: usdOf(yocto, usd), priceAgeS: Math.max(0, Math.round((now() - Date.parse(at)) / 1000)), source };
    },
    async start() {
      stop = await bus.subscribe('prices.changed', () => {
        known = undefined;
      });
    },
    stop: () => stop?.(),
  };
}
