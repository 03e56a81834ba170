import { readFile } from 'node:fs/promises';
import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { registerAccount } from './src/accounts.ts';
import { startAgent } from './src/agent-process.ts';
import { expectPaidFor } from './src/books.ts';
import { startNetwork } from './src/network-process.ts';
import { processTable } from './src/processes.ts';

/** π(10⁸): the largest sieve that the example takes, about a second of work. */
const BELOW = 100_000_000;
const PRIMES = 5_761_455;
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('the tasks of a node that is killed run on the other one and are paid for once', async () => {
  const { url } = await startNetwork({ env: { DEAI_NODES_GRACE_MS: '500' } });
  const [requester, firstOperator, secondOperator] = await Promise.all([
    registerAccount(url, 'requester'),
    registerAccount(url, 'operator'),
    registerAccount(url, 'operator'),
  ]);
  const { client } = requester;
  const module = (await readFile(new URL('../../examples/wasm/primes.wasm', import.meta.url))).toString('base64');
  const doomed = await startAgent({ serverUrl: url, operator: firstOperator, kinds: ['wasm'] });
  // Two at once: one runs, one waits on the node.
  const submitted = await client.tasks.submitMany(
    Array.from({ length: 2 }, () => ({ kind: 'wasm', input: { module, stdin: base64(`${BELOW}`) }, timeoutMs: 60_000 })),
  );
  const ids = submitted.map(({ id }) => id);
  await waitFor(async () => (await Promise.all(ids.map((id) => client.tasks.get(id)))).some((task) => task.status === 'in_progress'), {
    timeoutMs: 20_000,
    what: 'the start of a task',
  });
  const executors = (await processTable()).filter(({ parent }) => parent === doomed.process.pid);
  expect(executors.length).toBeGreaterThan(0);
  await doomed.crash();
  const heir = await startAgent({ serverUrl: url, operator: secondOperator, kinds: ['wasm'] });

  const tasks = await Promise.all(ids.map((id) => client.tasks.wait(id, { timeoutMs: 60_000 })));
  for (const task of tasks) {
    expect(task).toMatchObject({ status: 'completed', nodeId: heir.nodeId, attempt: 2 });
    expect(task.output).toMatchObject({ exitCode: 0, stdout: base64(`${PRIMES}\n`) });
    const events = await client.tasks.events(task.id);
    expect(events.find(({ event }) => event === 'attempt_failed')).toMatchObject({ nodeId: doomed.nodeId, error: { code: 'NODE_LOST' } });
    expect(events.map(({ event }) => event).filter((event) => event !== 'started')).toEqual([
      'submitted',
      'assigned',
      'attempt_failed',
      'assigned',
      'completed',
    ]);
  }
  expect((await firstOperator.client.user.billing()).earnedYocto).toBe('0');
  await expectPaidFor(tasks, [firstOperator, secondOperator], requester);
  expect(await client.nodes.get(doomed.nodeId)).toMatchObject({ status: 'offline' });
  // Its executors end with it.
  const left = new Set((await processTable()).map(({ pid, command }) => `${pid} ${command}`));
  expect(executors.filter(({ pid, command }) => left.has(`${pid} ${command}`))).toEqual([]);
}, 120_000);
