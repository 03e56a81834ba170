import { setTimeout as delay } from 'node:timers/promises';
import { type LedgerAudit, TASK_STATES, taskStateOf } from '@deai/protocol';
import { DeaiClient } from '@deai/sdk';
import type { Stage } from './stage.ts';

/** What a run must leave behind to count. */
export interface Books {
  submitted: number;
  completed: number;
  refusedResults: Record<string, number>;
  ledger: LedgerAudit;
}

const PATIENCE_MS = 15_000;
const POLL_MS = 250;

/**
 * Asks the network itself whether every accepted task completed once, but for those that are meant to wait, and every amount is
 * accounted for.
 * @throws Error naming what is wrong.
 */
export async function checkBooks(stage: Stage): Promise<Books> {
  const expected = stage.accepted - stage.parked;
  const totals = await stage.nodes.call('totals', null);
  const lost = Object.entries(totals.lost);
  if (lost.length > 0) throw new Error(`node sessions were lost: ${lost.map(([why, times]) => `${times} × ${why}`).join(', ')}`);
  if (totals.accepted !== expected) throw new Error(`${expected} tasks were to complete, ${totals.accepted} results were committed`);
  await requireStates(stage);
  const { completed, ledger } = await settledFigures(stage);
  if (completed !== expected) throw new Error(`${expected} tasks were to complete, the network counts ${completed} completed`);
  const { balanced, heldYocto, mismatchedAccounts, unbalancedJournals } = ledger;
  if (!balanced || (heldYocto === '0') !== (stage.parked === 0) || mismatchedAccounts + unbalancedJournals > 0)
    throw new Error(`the books do not balance: ${JSON.stringify(ledger)}`);
  return { submitted: stage.accepted, completed, refusedResults: totals.refused, ledger };
}

/** The database's own word on what did not complete: nothing, or what is meant to wait. */
async function requireStates({ database, parked }: Stage): Promise<void> {
  const { rows } = await database.query<{ state: number; tasks: number }>(
    'select state, count(*)::int as tasks from tasks.task where state <> $1 group by state',
    [TASK_STATES.completed],
  );
  const left = rows.map(({ state, tasks }) => `${tasks} ${taskStateOf(state)}`).join(', ');
  const expected = parked === 0 ? '' : `${parked} pending`;
  if (left !== expected) throw new Error(`beside completed tasks there are ${left || 'none'}, and should be ${expected || 'none'}`);
}

/** Statistics and audit are answered from a copy that is a second or two old: waits until they have caught up. */
async function settledFigures({ server, accepted, parked }: Stage): Promise<{ completed: number; ledger: LedgerAudit }> {
  const client = new DeaiClient({ baseUrl: server.url });
  const expected = accepted - parked;
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const [{ completedTasks: completed }, ledger] = await Promise.all([client.network.stats(), client.network.ledger()]);
    const settled = completed === expected && (ledger.heldYocto === '0') === (parked === 0);
    if (settled || performance.now() > giveUpAt) return { completed, ledger };
    await delay(POLL_MS);
  }
}
