import { type Bus, createMemoryBus, type Stop } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { createFolderStore } from '@deai/objects';
import { type NodeSession, newId, type PriceList, type Principal, type TaskRequest, type WireTask } from '@deai/protocol';
import { createLogger, createMetrics, type Service } from '@deai/service-kit';
import { createTestDatabase, tempDir, waitFor } from '@deai/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTaskManager } from './app.ts';
import { loadTaskManagerConfig } from './config.ts';
import { SAMPLE_OUTPUT, sampleSession } from './testing/samples.ts';

const PRICES: PriceList = {
  version: 1,
  prices: [{ kind: 'language-id', model: '*', unit: 'text', yoctoPerUnit: '1000' }],
  priorityBps: { low: 8000, normal: 10_000, high: 20_000 },
  feeBps: 500,
};
const TASK: TaskRequest = { kind: 'language-id', input: { texts: ['bonjour'] } };
const NODES = 'test';

/** A task manager whose bus can be cut, as when its process is killed or its connection lost; its database is not. */
interface Instance {
  id: string;
  service: Service;
  cut(): void;
}

type World = Awaited<ReturnType<typeof newWorld>>;
let world: World;

/** A bus that takes part in `shared` until it is cut. */
function cuttable(shared: Bus): { bus: Bus; cut(): void } {
  const stops: Stop[] = [];
  let whole = true;
  const keep = async (stop: Promise<Stop>) => {
    stops.push(await stop);
    return await stop;
  };
  const bus: Bus = {
    ...shared,
    request: (name, input, options) => (whole ? shared.request(name, input, options) : Promise.reject(new Error('cut'))),
    serve: (name, handler, options) => keep(shared.serve(name, handler, options)),
    subscribe: (name, listener) => keep(shared.subscribe(name, listener)),
    publish: (name, payload) => void (whole && shared.publish(name, payload)),
  };
  const cut = () => {
    whole = false;
    for (const stop of stops) stop();
  };
  return { bus, cut };
}

/** Two task managers on one database, with a node manager played by the test. */
async function newWorld() {
  const db = await createTestDatabase();
  const bus = createMemoryBus();
  const objects = await createFolderStore({ directory: await tempDir() });
  const config = loadTaskManagerConfig({
    DEAI_TASKS_RECONNECT_GRACE_MS: '300',
    DEAI_TASKS_DEAD_MS: '3000',
    DEAI_TASKS_LEASE_SLACK_MS: '60000',
  });
  const logger = createLogger({ level: 'silent', pretty: false });
  const given: (WireTask & { nodeId: string })[] = [];
  const cancelled: string[] = [];
  await bus.serve('rewards.prices', async () => PRICES);
  await bus.serve('nodes.countCapable', async () => ({ registered: 1, online: 1, withKind: 1, withModel: 1 }));
  await bus.serve('nodes.ping', async () => ({}), { instance: NODES });
  const assign = async ({ assignments }: { assignments: { nodeId: string; tasks: WireTask[] }[] }) => {
    given.push(...assignments.flatMap(({ nodeId, tasks }) => tasks.map((task) => ({ ...task, nodeId }))));
    return { unsent: [] };
  };
  await bus.serve('nodes.assign', assign, { instance: NODES });
  const cancelLeases = async ({ leases }: { leases: string[] }) => {
    cancelled.push(...leases);
    return {};
  };
  await bus.serve('nodes.cancelLeases', cancelLeases, { instance: NODES });
  const start = async (): Promise<Instance> => {
    const id = newId();
    const own = cuttable(bus);
    const context = { instanceId: id, bus: own.bus, db, cache: createMemoryCache({ maxEntries: 10 }), objects, logger };
    const service = createTaskManager({ ...context, metrics: createMetrics() }, config);
    await service.start();
    return { id, service, cut: own.cut };
  };
  const instances = [await start(), await start()] as [Instance, Instance];
  const stop = () => Promise.all(instances.map(({ service }) => service.stop()));
  return { db, bus, given, cancelled, instances, stop };
}

beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.stop());

async function requester(): Promise<Principal> {
  const userId = newId();
  await world.db.query('select ledger.open_account($1, $2)', [userId, (10n ** 9n).toString()]);
  return { userId, roles: ['requester'], scopes: ['tasks:read', 'tasks:write'], via: 'session', credentialId: 'x' };
}
/** One submission each, so that both instances get their share. */
async function submit(principal: Principal, count: number): Promise<string[]> {
  const all = await Promise.all(Array.from({ length: count }, () => world.bus.request('tasks.submit', { principal, tasks: [TASK] })));
  return all.flatMap(({ tasks }) => tasks.map(({ id }) => id));
}
async function open(at: Instance, credits: number, session: NodeSession = sampleSession({ credits }), holding: string[] = []) {
  const { drop, schedulerId } = await world.bus.request('tasks.openSession', { session, holding }, { to: at.id });
  expect(schedulerId).toBe(at.id);
  return { session, drop };
}
async function answer({ nodeId, sessionId }: NodeSession, at: Instance, tasks: WireTask[]) {
  const results = tasks.map(({ taskId, leaseId }) => {
    return { taskId, leaseId, startedAtMs: Date.now(), runMs: 1, units: 1, output: SAMPLE_OUTPUT, signature: 's', proof: [] };
  });
  return (await world.bus.request('tasks.results', { nodeId, sessionId, results }, { to: at.id })).acks;
}
/** Answers what is given to the node until `count` tasks were. */
async function workOff(session: NodeSession, at: Instance, count: number): Promise<WireTask[]> {
  const done: WireTask[] = [];
  while (done.length < count) {
    await waitFor(() => world.given.length > 0, { timeoutMs: 25_000, what: `task ${done.length + 1} of ${count}` });
    const tasks = world.given.splice(0);
    for (const ack of await answer(session, at, tasks)) expect(ack).toMatchObject({ accepted: true });
    done.push(...tasks);
  }
  return done;
}
const earned = async () =>
  (await world.db.query<{ sum: string }>("select sum(balance) from ledger.account where type = 'earned'")).rows[0]?.sum;

test('tasks that wait at either instance reach the one node, each once, in one attempt', async () => {
  const [first, second] = world.instances;
  const ids = await submit(await requester(), 60);
  const { session } = await open(second, 4);
  const done = await workOff(session, second, 60);
  expect(new Set(done.map(({ taskId }) => taskId))).toEqual(new Set(ids));
  expect(done.filter(({ attempt }) => attempt !== 1)).toEqual([]);
  expect(await earned()).toBe('60000');
  expect(await world.bus.request('tasks.lend', { classKey: 'none', free: 1, more: 0 }, { to: first.id })).toEqual({ taskIds: [] });
});

test('what an instance lent and nobody assigned comes back to it', async () => {
  const [first] = world.instances;
  const ids = await submit(await requester(), 20);
  const classKey = 'language-id/lid-176/128/';
  const lent = await world.bus.request('tasks.lend', { classKey, free: 100, more: 0 }, { to: first.id });
  expect(lent.taskIds.length).toBeGreaterThan(0);
  // The borrower does nothing with them.
  const { session } = await open(first, 4);
  const done = await workOff(session, first, 20);
  expect(new Set(done.map(({ taskId }) => taskId))).toEqual(new Set(ids));
}, 60_000);

test('a node that moves keeps its leases; its old home forgets it, and takes its late results all the same', async () => {
  const [first, second] = world.instances;
  await submit(await requester(), 3);
  const { session } = await open(first, 3);
  await waitFor(() => world.given.length === 3);
  const tasks = world.given.splice(0) as WireTask[] as [WireTask, WireTask, WireTask];
  const moved = { ...session, sessionId: newId() };
  expect((await open(second, 3, moved, [...tasks.map(({ leaseId }) => leaseId), 'unknown'])).drop).toEqual(['unknown']);
  const refs = [session, moved].map(({ nodeId, sessionId }) => ({ nodeId, sessionId }));
  const unknownAt = async (at: Instance) => (await world.bus.request('tasks.ping', { sessions: refs }, { to: at.id })).unknown;
  await waitFor(async () => (await unknownAt(first)).length === 2, { what: 'the old home to forget' });
  expect(await unknownAt(second)).toEqual([session.sessionId]);
  const report = { nodeId: session.nodeId, sessionId: session.sessionId, started: [{ leaseId: tasks[0].leaseId, startedAtMs: 1 }] };
  await expect(world.bus.request('tasks.report', report, { to: first.id })).rejects.toMatchObject({ code: 'NODE_NOT_CONNECTED' });
  expect((await answer(session, first, [tasks[0]]))[0]).toMatchObject({ accepted: true });
  expect((await answer(moved, second, [tasks[1], tasks[2]])).every(({ accepted }) => accepted)).toBe(true);
  expect((await answer(moved, second, [tasks[0]]))[0]).toMatchObject({ accepted: false, code: 'RESULT_DUPLICATE' });
  // The new home had the first one's lease too: it heard of its end, and its node is free.
  await submit(await requester(), 3);
  await waitFor(() => world.given.length === 3, { what: 'three more at once' });
  await workOff(moved, second, 3);
  expect(await earned()).toBe('6000');
});

test('an instance that is cut off is given up: others have its waiting tasks and leases, and what it still writes is refused', async () => {
  const [first, second] = world.instances;
  const principal = await requester();
  const { session } = await open(first, 2);
  const silent = await open(first, 1);
  const ids = await submit(principal, 30);
  await waitFor(() => world.given.length === 3);
  const held = world.given.splice(0);
  const mine = held.filter(({ nodeId }) => nodeId === session.nodeId);
  first.cut();
  // One node comes with its leases and finishes them; the other does not come, and its lease goes back in the end.
  const moved = { ...session, sessionId: newId() };
  expect(
    (
      await open(
        second,
        2,
        moved,
        mine.map(({ leaseId }) => leaseId),
      )
    ).drop,
  ).toEqual([]);
  expect((await answer(moved, second, mine)).every(({ accepted }) => accepted)).toBe(true);
  const done = await workOff(moved, second, 28);
  expect(new Set([...mine, ...done].map(({ taskId }) => taskId))).toEqual(new Set(ids));
  const lost = done.filter(({ taskId }) => held.some((h) => h.nodeId === silent.session.nodeId && h.taskId === taskId));
  expect(lost.map(({ attempt }) => attempt)).toEqual([2]);
  expect(await earned()).toBe('30000');
  const { rows } = await world.db.query<{ scheduler_id: string }>('select distinct scheduler_id from tasks.task');
  expect(rows).toEqual([{ scheduler_id: second.id }]);
}, 60_000);

test('a task that another instance leased is cancelled at its node, and its credit returns', async () => {
  const [, second] = world.instances;
  const principal = await requester();
  const { session } = await open(second, 1);
  const [id] = (await submit(principal, 1)) as [string];
  await waitFor(() => world.given.length === 1);
  const [task] = world.given.splice(0) as WireTask[] as [WireTask];
  // Either of them is asked, and only one holds the lease.
  for (let i = 0; i < 2; i++) expect(await world.bus.request('tasks.cancel', { principal, id })).toEqual({ id, status: 'cancelled' });
  await waitFor(() => world.cancelled.includes(task.leaseId), { what: 'the word to the node' });
  await submit(principal, 1);
  await workOff(session, second, 1);
});

test('statistics are those of all instances, whoever is asked, and stay so when one stops', async () => {
  const [first, second] = world.instances;
  const principal = await requester();
  const { session } = await open(second, 2);
  await submit(principal, 10);
  await workOff(session, second, 10);
  await submit(principal, 5);
  await waitFor(() => world.given.length === 2);
  const counted = () =>
    waitFor(
      async () => {
        const stats = await world.bus.request('tasks.stats', {});
        expect(stats).toMatchObject({ pending: 3, running: 2, completed: 10 });
        return true;
      },
      { timeoutMs: 15_000, intervalMs: 100 },
    );
  for (let i = 0; i < 3; i++) await counted();
  for (const at of [first, second]) {
    const load = await world.bus.request('tasks.ownNodeLoad', { nodeId: session.nodeId }, { to: at.id });
    expect(load.known).toBe(at === second);
  }
  for (let i = 0; i < 2; i++)
    expect(await world.bus.request('tasks.nodeLoad', { nodeId: session.nodeId })).toMatchObject({ known: true, running: 2 });
  await first.service.stop();
  await counted();
}, 60_000);
