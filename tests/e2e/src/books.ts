import type { LedgerAudit, Task } from '@deai/protocol';
import { hasEnded } from '@deai/sdk';
import { waitFor } from '@deai/testkit';
import { expect } from 'vitest';

import type { Account } from './accounts.ts';
import type { HonestNode } from './honest-node.ts';

/** Sum of amounts in yocto. */
function sumOf(amounts: (string | null)[]): bigint {
  return amounts.reduce((sum, amount) => sum + BigInt(amount ?? 0), 0n);
}

/** Every task of a requester. */
export async function allTasks({ client }: Account): Promise<Task[]> {
  const tasks: Task[] = [];
  for await (const task of client.tasks.list({ limit: 1_000 })) tasks.push(task);
  return tasks;
}

/** Waits until nothing of a requester is under way any more. */
export function untilAllEnded(requester: Account, timeoutMs: number): Promise<Task[]> {
  return waitFor(
    async () => {
      const tasks = await allTasks(requester);
      const open = tasks.filter((task) => !hasEnded(task));
      if (open.length > 0) throw new Error(`${open.length} of ${tasks.length} tasks have not ended, such as ${JSON.stringify(open[0])}`);
      return tasks;
    },
    { timeoutMs, intervalMs: 250, what: 'the end of all tasks' },
  );
}

/** Checks the books of the whole network: they balance and nothing is held. */
export async function expectBalanced({ client }: Account): Promise<LedgerAudit> {
  const audit = await client.network.ledger();
  expect(audit).toMatchObject({ balanced: true, sumYocto: '0', mismatchedAccounts: 0, unbalancedJournals: 0, heldYocto: '0' });
  return audit;
}

/** Checks that operators earned exactly the rewards of these tasks, and the network its fees. */
export async function expectPaidFor(tasks: Task[], operators: Account[], anybody: Account): Promise<void> {
  const bills = await Promise.all(operators.map(({ client }) => client.user.billing()));
  const rewards = sumOf(tasks.map((task) => task.rewardYocto));
  expect(sumOf(bills.map((bill) => bill.earnedYocto))).toBe(rewards);
  // The audit is answered from a copy that is a second or two old.
  await waitFor(
    async () => {
      const audit = await expectBalanced(anybody);
      expect(BigInt(audit.earnedYocto)).toBe(rewards);
      expect(BigInt(audit.feesYocto)).toBe(sumOf(tasks.map((task) => task.feeYocto)));
      return true;
    },
    { timeoutMs: 10_000, intervalMs: 250, what: 'an audit that knows of every payment' },
  );
}

/** What is known of a load from outside, to be compared with what the network says. */
export interface Ended {
  tasks: Task[];
  accepted: ReadonlySet<string>;
  nodes: HonestNode[];
  requester: Account;
}

const HISTORIES_AT_ONCE = 8;
const MAX_HISTORIES = 2_000;

/** Checks that the network has exactly the accepted tasks, each ended once by its own history, and acknowledged to at most one node, once. */
export async function expectEachEndedOnce({ tasks, accepted, nodes, requester }: Ended): Promise<void> {
  expect(new Set(tasks.map(({ id }) => id))).toEqual(accepted);
  expect(tasks).toHaveLength(accepted.size);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const acknowledged = nodes.flatMap((node) => [...node.accepted].map(([id, count]) => ({ id, count, nodeId: node.nodeId })));
  expect(acknowledged.filter(({ count }) => count > 1)).toEqual([]);
  expect(acknowledged).toHaveLength(new Set(acknowledged.map(({ id }) => id)).size);
  expect(acknowledged.filter(({ id, nodeId }) => byId.get(id)?.status === 'completed' && byId.get(id)?.nodeId !== nodeId)).toEqual([]);
  // Those with the longest story first.
  const read = [...tasks].sort((a, b) => b.attempt - a.attempt).slice(0, MAX_HISTORIES);
  await Promise.all(
    Array.from({ length: HISTORIES_AT_ONCE }, async () => {
      for (let task = read.pop(); task; task = read.pop()) {
        const events = await requester.client.tasks.events(task.id);
        expect(events.filter(({ event }) => event === 'completed' || event === 'failed')).toHaveLength(1);
        expect(events.at(-1)?.event).toBe(task.status);
      }
    }),
  );
}
