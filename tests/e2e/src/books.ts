import type { LedgerAudit, Task } from '@deai/protocol';
import { hasEnded } from '@deai/sdk';
import { waitFor } from '@deai/testkit';
import { expect } from 'vitest';
import type { Account } from './accounts.ts';

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
