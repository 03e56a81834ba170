import type { Bus } from '@deai/bus';
import type { PriceList } from '@deai/protocol';

/** The price list in force, as the reward manager last gave it. */
export interface PriceBook {
  current(): Promise<PriceList>;
  start(): Promise<void>;
  stop(): void;
}

const REMEMBERED_MS = 60_000;

export function createPriceBook(bus: Bus, now: () => number): PriceBook {
  let list: PriceList | undefined;
  let untilMs = 0;
  let stop: (() => void) | undefined;
  return {
    async current() {
      if (list && untilMs > now()) return list;
      const fresh = await bus.request('rewards.prices', {});
      list = fresh;
      untilMs = now() + REMEMBERED_MS;
      return fresh;
    },
    async start() {
      stop = await bus.subscribe('rewards.pricesChanged', () => {
        untilMs = 0;
      });
    },
    stop: () => stop?.(),
  };
}
