import { idTimeMs } from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { registerAccount, registerNode } from './src/accounts.ts';
import { allTasks, expectBalanced } from './src/books.ts';
import { startHonestNode } from './src/honest-node.ts';
import { languageTask } from './src/load.ts';
import { startNetwork } from './src/network-process.ts';

const SUBMITTERS = 2;
const READERS = 16;
const SLOWEST_MS = 2_000;

test('partitions are made and archived under load: no request stalls, and every accepted task is there and readable', async () => {
  const network = await startNetwork({ env: { DEAI_TASKS_PARTITION_MINUTES: '1', DEAI_TASKS_ARCHIVE_AFTER_HOURS: '0.0005' } });
  const [requester, operator] = await Promise.all([registerAccount(network.url, 'requester'), registerAccount(network.url, 'operator')]);
  const node = await startHonestNode(await registerNode(network.url, operator.apiKey));
  const accepted: string[] = [];
  let slowestMs = 0;
  let stopping = false;
  const loops = Promise.all(
    Array.from({ length: SUBMITTERS }, async () => {
      while (!stopping) {
        const begun = performance.now();
        accepted.push((await requester.client.tasks.submit(languageTask())).id);
        slowestMs = Math.max(slowestMs, performance.now() - begun);
      }
    }),
  );
  const first = await waitFor(() => accepted[0], { what: 'the first task' });

  // Its partition is over within a minute and archived soon after; until then it is the oldest task of the listing.
  const untilFirst = { createdBefore: new Date(idTimeMs(first) + 1).toISOString(), limit: 1 };
  const listed = async () => (await requester.client.tasks.list(untilFirst).page()).items.length > 0;
  expect(await listed()).toBe(true);
  const before = await waitFor(
    async () => {
      const task = await requester.client.tasks.get(first);
      return task.status !== 'completed' ? undefined : { task, events: await requester.client.tasks.events(first) };
    },
    { what: 'the first result' },
  );
  await waitFor(async () => !(await listed()), { timeoutMs: 80_000, intervalMs: 250, what: 'the archival of the first partition' });
  stopping = true;
  await loops;

  expect(slowestMs).toBeLessThan(SLOWEST_MS);
  expect(await requester.client.tasks.get(first)).toEqual(before.task);
  expect(await requester.client.tasks.events(first)).toEqual(before.events);
  await waitFor(() => accepted.every((id) => node.accepted.has(id)), { timeoutMs: 15_000, what: 'the end of all tasks' });
  const inTables = new Set((await allTasks(requester)).map((task) => task.id));
  const archived = accepted.filter((id) => !inTables.has(id));
  expect(archived.length).toBeGreaterThan(0);
  const unread = archived.values();
  await Promise.all(
    Array.from({ length: READERS }, async () => {
      for (const id of unread) expect(await requester.client.tasks.get(id)).toMatchObject({ id, status: 'completed' });
    }),
  );
  await expectBalanced(requester);
  await node.stop();
  await network.stop();
}, 120_000);
