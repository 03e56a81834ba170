import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerAudit } from '@deai/protocol';
import { DeaiClient } from '@deai/sdk';
import type { Stage } from './stage.ts';

/** What a run must leave behind to count. */
export interface Books {
  submitted: number;
  completed: number;
  refusedResults: Record<string, number>;
  ledger: LedgerAudit;
}

const NOT_COMPLETED = ['pending', 'assigned', 'in_progress', 'failed', 'cancelled'] as const;
const PATIENCE_MS = 15_000;
const POLL_MS = 250;

/**
 * Asks the network itself whether every accepted task completed once and every amount is accounted for.
 * @throws Error naming what is wrong.
 */
export async function checkBooks(stage: Stage): Promise<Books> {
  const totals = await stage.nodes.call('totals', null);
  const lost = Object.entries(totals.lost);
  if (lost.length > 0) throw new Error(`node sessions were lost: ${lost.map(([why, times]) => `${times} × ${why}`).join(', ')}`);
  if (totals.accepted !== stage.accepted) throw new Error(`${stage.accepted} tasks accepted, ${totals.accepted} results committed`);
  await requireNoneLeft(stage);
  const { completed, ledger } = await settledFigures(stage);
  if (completed !== stage.accepted) throw new Error(`${stage.accepted} tasks accepted, the network counts ${completed} completed`);
  const { balanced, heldYocto, mismatchedAccounts, unbalancedJournals } = ledger;
  if (!balanced || heldYocto !== '0' || mismatchedAccounts + unbalancedJournals > 0)
    throw new Error(`the books do not balance: ${JSON.stringify(ledger)}`);
  return { submitted: stage.accepted, completed, refusedResults: totals.refused, ledger };
}

/** The database's own word, for each requester. */
async function requireNoneLeft({ server, participants }: Stage): Promise<void> {
  for (const apiKey of participants.requesterKeys) {
    const client = new DeaiClient({ baseUrl: server.url, apiKey });
    for (const status of NOT_COMPLETED) {
      const { items } = await client.tasks.list({ status, limit: 1 }).page();
      if (items.length > 0) throw new Error(`task ${items[0]?.id} was left ${status}`);
    }
  }
}

/** Statistics and audit are answered from a copy that is a second or two old: waits until they have caught up. */
async function settledFigures({ server, accepted }: Stage): Promise<{ completed: number; ledger: LedgerAudit }> {
  const client = new DeaiClient({ baseUrl: server.url });
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const [{ completedTasks: completed }, ledger] = await Promise.all([client.network.stats(), client.network.ledger()]);
    if ((completed === accepted && ledger.heldYocto === '0') || performance.now() > giveUpAt) return { completed, ledger };
    await delay(POLL_MS);
  }
}
