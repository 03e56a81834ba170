import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded } from '@deai/sdk';
import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { impatient, registerAccount, registerNode } from '../src/accounts.ts';
import { expectEachEndedOnce, expectPaidFor, untilAllEnded } from '../src/books.ts';
import { startProxy } from '../src/cuttable-proxy.ts';
import { startHonestNode } from '../src/honest-node.ts';
import { languageTask, startLoad } from '../src/load.ts';
import { startNetwork } from '../src/network-process.ts';

const CUT_MS = 30_000;

test('a network that is cut for 30 s: leases of the node behind it go elsewhere, repeated submissions make no second task', async () => {
  const { url, port } = await startNetwork();
  const [requester, operator] = await Promise.all([registerAccount(url, 'requester'), registerAccount(url, 'operator')]);
  const [nodeWay, clientWay] = await Promise.all([startProxy(port), startProxy(port)]);
  const reached = await startHonestNode(await registerNode(url, operator.apiKey), { serviceMs: 50, offer: { credits: 64 } });
  const identity = await registerNode(url, operator.apiKey);
  const cutOff = await startHonestNode({ ...identity, sessionUrl: nodeWay.through(identity.sessionUrl) }, { serviceMs: 50 });
  const direct = startLoad(impatient(url, requester).account, 2, () => languageTask({ timeoutMs: 60_000 }));
  const behind = startLoad(impatient(clientWay.through(url), requester).account, 4);
  await waitFor(() => cutOff.accepted.size > 20 && behind.accepted.size > 20, { timeoutMs: 15_000, what: 'work on both sides' });
  const heldNow = () => cutOff.given.filter(({ taskId }) => !cutOff.accepted.has(taskId));
  const held = await waitFor(() => (heldNow().length > 2 ? heldNow() : undefined), { intervalMs: 1, what: 'the node to hold leases' });

  nodeWay.cut();
  clientWay.cut();
  const welcomes = cutOff.welcomes;
  const begunAt = Date.now();
  const stillOpen = async () => {
    const tasks = await Promise.all(held.map(({ taskId }) => requester.client.tasks.get(taskId)));
    return tasks.filter((task) => !hasEnded(task)).length;
  };
  // The node is found silent after 15 s and keeps its leases for another 5; then they run elsewhere, while it is still cut off.
  await waitFor(async () => (await stillOpen()) === 0, { timeoutMs: CUT_MS, intervalMs: 250, what: 'what it held to end elsewhere' });
  await delay(Math.max(0, begunAt + CUT_MS - Date.now()));
  expect(behind.failures).toBeGreaterThan(0);
  nodeWay.heal();
  clientWay.heal();
  await waitFor(() => cutOff.welcomes > welcomes, { timeoutMs: 15_000, what: "the node's return" });

  await Promise.all([direct.stop(), behind.stop()]);
  const tasks = await untilAllEnded(requester, 60_000);
  const accepted = new Set([...direct.accepted, ...behind.accepted]);
  await expectEachEndedOnce({ tasks, accepted, nodes: [reached, cutOff], requester });
  await expectPaidFor(tasks, [operator], requester);
}, 180_000);
