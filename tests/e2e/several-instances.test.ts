import { findNatsServer, NATS_SERVER_MISSING } from '@deai/bus/testing';
import { type Database, openDatabase } from '@deai/db';
import type { ServiceName, Task } from '@deai/protocol';
import { DeaiClient, hasEnded } from '@deai/sdk';
import { cleanUpAtEnd, waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, registerAccount } from './src/accounts.ts';
import { allTasks, expectBalanced, expectPaidFor, untilAllEnded } from './src/books.ts';
import { type Cluster, registerNodeAt, startCluster } from './src/cluster.ts';
import { type HonestNode, startHonestNode } from './src/honest-node.ts';
import { type Load, languageTask, startLoad } from './src/load.ts';
import type { NetworkProcess } from './src/network-process.ts';
import { measureThroughput } from './src/throughput.ts';

const available = findNatsServer() !== undefined;
const skipped = (title: string) => (available ? title : `${title} (${NATS_SERVER_MISSING})`);

type Part = 'tasksA' | 'tasksB' | 'nodesA' | 'nodesB';
const PARTS: Part[] = ['tasksA', 'tasksB', 'nodesA', 'nodesB'];
const serviceOf = (part: Part): ServiceName => (part.startsWith('tasks') ? 'task-manager' : 'node-manager');
/** A lease of the load's tasks ends after its minute and the slack of half a minute: what is over by then was taken over, not waited for. */
const TAKEN_OVER_MS = 10_000;

/** Fails unless these and no other tasks were done, each once, and told to one node once. */
function expectEachOnce(tasks: Task[], accepted: Set<string>, nodes: HonestNode[]): void {
  expect(tasks.filter(({ status }) => status !== 'completed')).toEqual([]);
  expect(tasks.length).toBe(accepted.size);
  expect(new Set(tasks.map(({ id }) => id))).toEqual(accepted);
  const taken = nodes.flatMap((node) => [...node.accepted]);
  expect(taken.filter(([, times]) => times > 1)).toEqual([]);
  expect(new Set(taken.map(([id]) => id)).size).toBe(taken.length);
}

describe.skipIf(!available)(skipped('two task managers and two node managers in processes of their own'), () => {
  let cluster: Cluster;
  let db: Database;
  let gateway: NetworkProcess;
  const running = {} as Record<Part, NetworkProcess>;
  let requester: Account;
  let operator: Account;
  const nodes: HonestNode[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ DEAI_NODES_GRACE_MS: '3000' });
    db = await openDatabase({ url: cluster.databaseUrl, maxConnections: 1 });
    cleanUpAtEnd(() => db.close());
    const others = [
      cluster.start(['auth', 'reward-manager', 'price-oracle', 'bridge', 'monitoring']),
      cluster.start(['gateway', 'realtime']),
    ];
    await Promise.all(
      PARTS.map(async (part) => {
        running[part] = await cluster.start([serviceOf(part)]);
      }),
    );
    gateway = (await Promise.all(others))[1] as NetworkProcess;
    [requester, operator] = await Promise.all([registerAccount(gateway.url, 'requester'), registerAccount(gateway.url, 'operator')]);
    for (let i = 0; i < 4; i++) {
      const { nodesA, nodesB } = running;
      const identity = await registerNodeAt(gateway, operator, i % 2 === 0 ? [nodesA, nodesB] : [nodesB, nodesA]);
      nodes.push(await startHonestNode(identity, { serviceMs: 40, offer: { credits: 3 } }));
    }
  }, 120_000);

  const accepted = new Set<string>();
  const untilEnded = (ids: ReadonlySet<string>) =>
    waitFor(
      async () => {
        const open = (await allTasks(requester)).filter((task) => ids.has(task.id) && !hasEnded(task));
        if (open.length > 0) throw new Error(`${open.length} tasks have not ended, such as ${JSON.stringify(open[0])}`);
        return true;
      },
      { timeoutMs: TAKEN_OVER_MS, intervalMs: 100, what: 'the end of what was under way' },
    );
  const openOf = async (ids: ReadonlySet<string>) => {
    const { rows } = await db.query<{ open: number }>('select count(*) as open from tasks.task where id = any($1) and state in (0, 1, 2)', [
      [...ids],
    ]);
    return rows[0]?.open;
  };
  const expectAllDone = async (load: Load) => {
    for (const id of load.accepted) accepted.add(id);
    const tasks = await untilAllEnded(requester, TAKEN_OVER_MS);
    expectEachOnce(tasks, accepted, nodes);
    await expectPaidFor(tasks, [operator], requester);
  };

  /** Each is killed once, and comes back before the next one goes. */
  test.each(PARTS)(
    'everything accepted ends once and is paid once when %s is killed under load',
    async (part) => {
      const load = startLoad(requester, 12);
      const { port } = running[part];
      await waitFor(() => load.accepted.size >= 150, { timeoutMs: 30_000, what: 'load' });
      await waitFor(() => nodes.every((node) => node.given.length > node.accepted.size), { what: 'work in the hands of all nodes' });
      const underWay = new Set(load.accepted);
      await running[part].crash();
      // Nobody starts it again: the others take over what it had in hand, and take on more.
      const seen = load.accepted.size;
      await waitFor(() => load.accepted.size >= seen + 100, { timeoutMs: TAKEN_OVER_MS, what: 'load without it' });
      const stopped = load.stop();
      await untilEnded(underWay);
      await stopped;
      await expectAllDone(load);
      running[part] = await cluster.start([serviceOf(part)], port);
    },
    120_000,
  );

  test('a task manager that stands still for a while is given up, and does no harm when it goes on', async () => {
    const load = startLoad(requester, 4);
    await waitFor(() => load.accepted.size >= 100, { timeoutMs: 30_000, what: 'load' });
    const underWay = new Set(load.accepted);
    running.tasksA.process.kill('SIGSTOP');
    try {
      const stopped = load.stop();
      // Asked of the database, for the wire still sends every other question to the one that stands still.
      await waitFor(async () => (await openOf(underWay)) === 0, {
        timeoutMs: 25_000,
        intervalMs: 100,
        what: 'the end of what was under way',
      });
      await stopped;
    } finally {
      running.tasksA.process.kill('SIGCONT');
    }
    const after = startLoad(requester, 4);
    await waitFor(() => after.accepted.size >= 100, { timeoutMs: 30_000, what: 'load with both' });
    await after.stop();
    for (const id of after.accepted) accepted.add(id);
    await expectAllDone(load);
  }, 120_000);
});

describe.skipIf(!available)(skipped('two whole networks on one database'), () => {
  let cluster: Cluster;
  let first: NetworkProcess;
  let second: NetworkProcess;
  let requester: Account;
  let operator: Account;

  beforeAll(async () => {
    cluster = await startCluster({ DEAI_NODES_GRACE_MS: '1000' });
    [first, second] = await Promise.all([cluster.start(), cluster.start()]);
    [requester, operator] = await Promise.all([registerAccount(first.url, 'requester'), registerAccount(first.url, 'operator')]);
  }, 120_000);

  test('a node that is connected to the one gets what was submitted to the other, waiting or not', async () => {
    const identity = await registerNodeAt(first, operator, [second, first]);
    // Once there, so that its network knows what it can do.
    await (await startHonestNode(identity)).stop();
    // Waits at the first, which has no node at all.
    const early = await requester.client.tasks.submitMany(Array.from({ length: 50 }, () => languageTask()));
    const node = await startHonestNode(identity, { serviceMs: 5, offer: { credits: 4 } });
    const late = await requester.client.tasks.submitMany(Array.from({ length: 50 }, () => languageTask()));
    const tasks = await untilAllEnded(requester, 10_000);
    expectEachOnce(tasks, new Set([...early, ...late].map(({ id }) => id)), [node]);
    expect(tasks.map(({ attempt, nodeId }) => `${attempt} ${nodeId}`)).toEqual(Array(100).fill(`1 ${node.nodeId}`));
    await expectPaidFor(tasks, [operator], requester);
    await node.stop();
  });

  test('a task that the other one leased is cancelled here: its node is told to stop, and its hold returns', async () => {
    const node = await startHonestNode(await registerNodeAt(first, operator, [second]), { serviceMs: 60_000 });
    const { id } = await requester.client.tasks.submit(languageTask());
    await waitFor(() => node.given.some(({ taskId }) => taskId === id), { what: 'the assignment' });
    await waitFor(async () => (await requester.client.tasks.get(id)).status === 'in_progress', { what: 'its start' });
    await requester.client.tasks.cancel(id);
    await waitFor(() => node.cancelled.size === 1, { what: 'the word to the node' });
    expect((await requester.client.tasks.get(id)).status).toBe('cancelled');
    await expectBalanced(requester);
    await node.stop();
  });

  test('what waits and runs anywhere is counted, and explained, by either of them', async () => {
    const node = await startHonestNode(await registerNodeAt(first, operator, [second]), { serviceMs: 60_000, offer: { credits: 2 } });
    const submitted = await requester.client.tasks.submitMany(Array.from({ length: 5 }, () => languageTask()));
    await waitFor(() => node.given.length === 2, { what: 'the assignments' });
    for (const { url } of [first, second]) {
      const client = new DeaiClient({ baseUrl: url, apiKey: requester.apiKey });
      await waitFor(
        async () => {
          const { pendingTasks, runningTasks } = await client.network.stats();
          return pendingTasks === 3 && runningTasks === 2;
        },
        { timeoutMs: 10_000, intervalMs: 200, what: 'the counts of both' },
      );
      const why = await client.tasks.why((submitted[4] as { id: string }).id);
      expect(['waiting_for_turn', 'nodes_busy']).toContain(why.reason);
      const counted = async () => {
        const { running: leases, waitingTasks } = await client.nodes.why(node.nodeId);
        return leases === 2 && waitingTasks === 3;
      };
      await waitFor(counted, { what: "the node's load, told by its home" });
    }
    await Promise.all(submitted.map(({ id }) => requester.client.tasks.cancel(id)));
    await node.stop();
  });

  test('when one is killed, the other one has its nodes, its leases and its waiting tasks', async () => {
    const nodes = await Promise.all(
      [
        [first, second],
        [second, first],
      ].map(async (at) => startHonestNode(await registerNodeAt(first, operator, at), { serviceMs: 30, offer: { credits: 2 } })),
    );
    const done = new Set((await untilAllEnded(requester, 1_000)).map(({ id }) => id));
    const submitted = await requester.client.tasks.submitMany(Array.from({ length: 400 }, () => languageTask()));
    await waitFor(() => nodes.every((node) => node.accepted.size > 10), { what: 'work at both' });
    await first.crash();
    const there = { ...requester, client: new DeaiClient({ baseUrl: second.url, apiKey: requester.apiKey }) };
    const tasks = (await untilAllEnded(there, 20_000)).filter(({ id }) => !done.has(id));
    expectEachOnce(tasks, new Set(submitted.map(({ id }) => id)), nodes);
    expect(nodes.every((node) => node.welcomes <= 2)).toBe(true);
  }, 60_000);
});

/** Processes of a network: where requesters and nodes come in, and what else runs. */
interface Setup {
  gateways: NetworkProcess[];
  doors: NetworkProcess[];
  all: NetworkProcess[];
}

async function wholeNetworks(cluster: Cluster, count: number): Promise<Setup> {
  const all = await Promise.all(Array.from({ length: count }, () => cluster.start()));
  return { gateways: all, doors: all, all };
}

/** The same gateway and accounts, with so many task managers and node managers, each in a process of its own. */
async function managersOfTheirOwn(cluster: Cluster, count: number): Promise<Setup> {
  const starts = (services: ServiceName[]) => Promise.all(Array.from({ length: count }, () => cluster.start(services)));
  const [others, gateway, tasks, doors] = await Promise.all([
    cluster.start(['auth', 'reward-manager', 'monitoring']),
    cluster.start(['gateway', 'realtime']),
    starts(['task-manager']),
    starts(['node-manager']),
  ]);
  return { gateways: [gateway], doors, all: [gateway, ...doors, ...tasks, others] };
}

/** Tasks per second of a setup, by kind of submission. */
async function measureSetup({ gateways, doors, all }: Setup): Promise<Record<string, number>> {
  const gateway = gateways[0] as NetworkProcess;
  const [requester, operator] = await Promise.all([registerAccount(gateway.url, 'requester'), registerAccount(gateway.url, 'operator')]);
  const offer = { serviceMs: 2, reports: false, offer: { credits: 32 } };
  const nodes: HonestNode[] = [];
  for (let i = 0; i < 16; i++) {
    const identity = await registerNodeAt(gateway, operator, [doors[i % doors.length] as NetworkProcess]);
    nodes.push(await startHonestNode(identity, offer));
  }
  const requesters = gateways.map(({ url }) => ({ ...requester, client: new DeaiClient({ baseUrl: url, apiKey: requester.apiKey }) }));
  const measure = async (batch: number, underWay: number) =>
    Math.round(await measureThroughput({ requesters, nodes, batch, underWay, warmUpMs: 20_000, measureMs: 6_000 }));
  const figures = { 'batches of 50': await measure(50, 1_000), 'single submissions': await measure(1, 200) };
  for (const node of nodes) await node.stop();
  for (const network of all) await network.stop();
  return figures;
}

/** Too noisy for every run: DEAI_MEASURE=1 prints the figures of one instance and of two, in turn, on this machine. */
if (process.env.DEAI_MEASURE && available) {
  test.each([
    ['whole networks', wholeNetworks],
    ['task managers and node managers of their own', managersOfTheirOwn],
  ] as const)(
    'two do as much as one: %s',
    async (title, start) => {
      const figures: Record<string, number[]> = {};
      for (let round = 1; round <= 3; round++) {
        for (const count of [1, 2]) {
          const measured = await measureSetup(await start(await startCluster(), count));
          for (const [kind, perSecond] of Object.entries(measured)) {
            const key = `${count} × ${title}, ${kind}`;
            figures[key] = [...(figures[key] ?? []), perSecond];
          }
        }
      }
      process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    },
    900_000,
  );
}
