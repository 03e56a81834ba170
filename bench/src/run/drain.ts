import { setTimeout as delay } from 'node:timers/promises';
import type { NodeTotals } from '../nodes/main.ts';
import type { Stage } from './stage.ts';

const POLL_MS = 20;
const PATIENCE_MS = 30_000;

/** Waits until every accepted task that is not parked was committed as completed. @throws Error when nothing more completes, saying what is missing. */
export async function untilDrained({ nodes, accepted: all, parked }: Stage): Promise<NodeTotals> {
  const accepted = all - parked;
  let totals = await nodes.call('totals', null);
  let progressAt = performance.now();
  while (totals.accepted < accepted) {
    if (performance.now() - progressAt > PATIENCE_MS) {
      const facts = JSON.stringify({ refused: totals.refused, lostSessions: totals.lost, assigned: totals.assigned });
      throw new Error(`${accepted - totals.accepted} of ${accepted} accepted tasks never completed; ${facts}`);
    }
    await delay(POLL_MS);
    const before = totals.accepted;
    totals = await nodes.call('totals', null);
    if (totals.accepted > before) progressAt = performance.now();
  }
  return totals;
}
