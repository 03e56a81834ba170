import { cleanUpAtEnd, waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { type Account, type NodeIdentity, registerAccount, registerNode } from './src/accounts.ts';
import { startHonestNode } from './src/honest-node.ts';
import { languageTask } from './src/load.ts';
import { type NetworkProcess, startNetwork } from './src/network-process.ts';

/** Watches a task; `ended` resolves with the statuses seen, once the task has ended. */
function watchTask({ client }: Account, id: string) {
  const stop = new AbortController();
  cleanUpAtEnd(() => stop.abort());
  const seen: string[] = [];
  const info = { lives: 0, interruptions: 0 };
  const ended = (async () => {
    const events = client.watch({
      topics: [{ topic: 'task', id }],
      signal: stop.signal,
      onLive: () => info.lives++,
      onInterrupted: () => info.interruptions++,
    });
    for await (const event of events) {
      if (event.type !== 'task_update') continue;
      seen.push(event.data.status);
      if (event.data.status === 'completed') return seen;
    }
    throw new Error(`the stream ended after ${seen}`);
  })();
  return { ended, info, seen };
}

async function waitingTask(network: NetworkProcess): Promise<{ requester: Account; identity: NodeIdentity; id: string }> {
  const [requester, operator] = await Promise.all([registerAccount(network.url, 'requester'), registerAccount(network.url, 'operator')]);
  const identity = await registerNode(network.url, operator.apiKey);
  // It offers the kind, so that the task is taken in, and goes, so that the task waits.
  await (await startHonestNode(identity)).stop();
  await waitFor(async () => (await operator.client.nodes.get(identity.nodeId)).status === 'offline');
  const { id } = await requester.client.tasks.submit(languageTask());
  return { requester, identity, id };
}

test.each([
  ['killed', (network: NetworkProcess) => network.crash()],
  ['stopped', (network: NetworkProcess) => network.stop()],
] as const)(
  'a watcher of a server that is %s and started again goes on, and sees the end of its task',
  async (_name, end) => {
    const network = await startNetwork();
    const { requester, identity, id } = await waitingTask(network);
    const { ended, info, seen } = watchTask(requester, id);
    await waitFor(() => info.lives === 1, { what: 'the subscription' });
    expect(seen).toEqual(['pending']);
    await end(network);
    await waitFor(() => info.interruptions > 0, { what: 'the interruption' });
    await startNetwork({ dataDir: network.dataDir, port: network.port });
    await waitFor(() => info.lives === 2, { timeoutMs: 20_000, what: 'the second subscription' });
    await startHonestNode(identity);
    const statuses = await ended;
    expect(statuses.slice(-3)).toEqual(['assigned', 'in_progress', 'completed']);
    expect(await requester.client.tasks.get(id)).toMatchObject({ status: 'completed', attempt: 1 });
  },
  60_000,
);

test('a watcher that goes on after an event is sent every later one', async () => {
  const network = await startNetwork();
  const { requester, identity, id } = await waitingTask(network);
  const { client } = requester;
  const live = Promise.withResolvers<void>();
  const firstEvent = (async () => {
    for await (const event of client.watch({ topics: [{ topic: 'tasks' }], onLive: () => live.resolve() })) {
      if (event.type === 'task_update' && !event.snapshot) return event;
    }
    throw new Error('the stream ended');
  })();
  await live.promise;
  await startHonestNode(identity, { serviceMs: 100 });
  const first = await firstEvent;
  await client.tasks.wait(id, { timeoutMs: 10_000 });
  const later: string[] = [first.data.status];
  for await (const event of client.watch({ topics: [{ topic: 'tasks' }], after: first.id, signal: AbortSignal.timeout(10_000) })) {
    if (event.type !== 'task_update') continue;
    later.push(event.data.status);
    if (event.data.status === 'completed') break;
  }
  expect(later).toEqual(['assigned', 'in_progress', 'completed']);
}, 60_000);
