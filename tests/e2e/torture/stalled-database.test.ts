import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { impatient, registerAccount, registerNode } from '../src/accounts.ts';
import { expectEachEndedOnce, expectPaidFor, untilAllEnded } from '../src/books.ts';
import { startHonestNode } from '../src/honest-node.ts';
import { languageTask, startLoad } from '../src/load.ts';
import { startNetwork } from '../src/network-process.ts';
import { databaseProcesses, signalAll } from '../src/processes.ts';

const STALL_MS = 10_000;
const MAX_SUBMITTING = 40;
const CALLERS = 200;
const MAX_GROWTH_MIB = 96;

/** Resident memory in MiB. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

test('a database that stalls for 10 s: past the bound callers are refused and told when to come again, memory stays flat, nothing is lost', async () => {
  const { url, dataDir, process } = await startNetwork({ env: { DEAI_TASKS_MAX_SUBMITTING: String(MAX_SUBMITTING) } });
  const [requester, operator] = await Promise.all([registerAccount(url, 'requester'), registerAccount(url, 'operator')]);
  const nodes = [await startHonestNode(await registerNode(url, operator.apiKey), { serviceMs: 0, offer: { credits: 64 } })];
  const { account, refusals } = impatient(url, requester);
  const load = startLoad(account, CALLERS, () => languageTask());
  await waitFor(() => load.accepted.size > 2 * CALLERS, { timeoutMs: 20_000, what: 'a load' });

  const before = await residentMiB(process.pid);
  const refusedBefore = refusals.total;
  const stalled = await databaseProcesses(dataDir);
  signalAll(stalled, 'SIGSTOP');
  const samples: number[] = [];
  let acceptedAtStall = 0;
  try {
    const until = Date.now() + STALL_MS;
    // What was committed before the stall may still be answered.
    await delay(1_000);
    acceptedAtStall = load.accepted.size;
    while (Date.now() < until) {
      samples.push(await residentMiB(process.pid));
      await delay(250);
    }
    expect(load.accepted.size).toBe(acceptedAtStall);
  } finally {
    signalAll(stalled, 'SIGCONT');
  }
  expect(refusals.total - refusedBefore).toBeGreaterThan(CALLERS);
  expect(Math.max(...samples) - before).toBeLessThan(MAX_GROWTH_MIB);
  await waitFor(() => load.accepted.size > acceptedAtStall + CALLERS, { timeoutMs: 10_000, what: 'submissions to be accepted again' });

  await load.stop();
  const tasks = await untilAllEnded(requester, 60_000);
  await expectEachEndedOnce({ tasks, accepted: load.accepted, nodes, requester });
  await expectPaidFor(tasks, [operator], requester);
  expect(refusals.withoutRetryAfter).toEqual([]);
}, 120_000);
