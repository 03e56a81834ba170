import type { Bus, Stop } from '@deai/bus';
import type { CommandOutput } from '@deai/protocol';
import { type Memo, memo } from '../http/memo.ts';

const FRESH_MS = 3_000;

/** Models on offer by kind, kept for a moment. */
export interface ModelOffers extends Memo<CommandOutput<'nodes.models'>['items']> {
  /** Forgets them when nodes offer something else. */
  start(): Promise<Stop>;
}

export function createModelOffers(bus: Bus): ModelOffers {
  const offers = memo(FRESH_MS, async () => (await bus.request('nodes.models', {})).items);
  return { ...offers, start: () => bus.subscribe('nodes.offersChanged', offers.forget) };
}
