import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { registerAccount, registerNode } from './src/accounts.ts';
import { expectPaidFor, untilAllEnded } from './src/books.ts';
import { type HonestNode, startHonestNode } from './src/honest-node.ts';
import { startLoad } from './src/load.ts';
import { startNetwork } from './src/network-process.ts';
import { processesOf } from './src/processes.ts';

const ROUNDS = 3;
const TASKS_A_ROUND = 150;
/** The chain in the same process is killed with it. */
const SETTLING = { DEAI_SETTLEMENT: 'on' };

test('a server that is killed again and again loses nothing that it accepted and pays for nothing twice', async () => {
  let network = await startNetwork({ env: SETTLING });
  const { dataDir, port, url } = network;
  const [requester, operator] = await Promise.all([registerAccount(url, 'requester'), registerAccount(url, 'operator')]);
  const nodes: HonestNode[] = [];
  // One that says what it does and one that only returns results; both have work in hand when the server goes.
  for (const reports of [true, false]) {
    nodes.push(await startHonestNode(await registerNode(url, operator.apiKey), { serviceMs: 40, reports }));
  }
  const load = startLoad(requester, 16);

  for (let round = 1; round <= ROUNDS; round++) {
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size >= before + TASKS_A_ROUND, { timeoutMs: 20_000, what: `the load of round ${round}` });
    await waitFor(() => nodes.every((node) => node.given.length > node.accepted.size), { what: 'work in the hands of both nodes' });
    await network.crash();
    // The port is asked for again, so the address in clients' and nodes' hands stays good.
    network = await startNetwork({ dataDir, port, env: SETTLING });
    await waitFor(() => nodes.every((node) => node.welcomes > round), { timeoutMs: 15_000, what: `the nodes' return in round ${round}` });
  }
  expect(load.failures).toBeGreaterThan(0);
  await load.stop();
  const tasks = await untilAllEnded(requester, 60_000);

  expect(new Set(tasks.map((task) => task.id))).toEqual(load.accepted);
  expect(tasks.filter((task) => task.status !== 'completed')).toEqual([]);
  for (const node of nodes) expect([...node.accepted.values()].filter((count) => count > 1)).toEqual([]);
  const takenBySeveral = [...(nodes[0]?.accepted.keys() ?? [])].filter((id) => nodes[1]?.accepted.has(id));
  expect(takenBySeveral).toEqual([]);
  // What ran when a server went has the longest story: it must end once, too.
  const retold = tasks.filter((task) => task.attempt > 1);
  for (const { id } of [...retold, ...tasks.slice(0, 20)].slice(0, 100)) {
    const events = await requester.client.tasks.events(id);
    expect(events.filter(({ event }) => event === 'completed')).toHaveLength(1);
    expect(events.at(-1)?.event).toBe('completed');
  }
  await expectPaidFor(tasks, [operator], requester);

  await Promise.all(nodes.map((node) => node.stop()));
  await network.stop();
  expect(await processesOf(dataDir)).toEqual([]);
}, 150_000);

test('a killed server leaves no PostgreSQL behind', async () => {
  const network = await startNetwork();
  expect((await processesOf(network.dataDir)).length).toBeGreaterThan(2);
  await network.crash();
  await waitFor(async () => (await processesOf(network.dataDir)).length === 0, {
    timeoutMs: 15_000,
    intervalMs: 100,
    what: 'the end of its PostgreSQL',
  });
}, 60_000);
