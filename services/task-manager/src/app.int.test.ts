import { createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { createFolderStore } from '@deai/objects';
import {
  type CommandInput,
  canonicalJson,
  type DeaiError,
  type NodeSession,
  newId,
  type PriceList,
  type Principal,
  type SignedResult,
  sha256Hex,
  type TaskRequest,
  type WireTask,
} from '@deai/protocol';
import { createLogger, createMetrics } from '@deai/service-kit';
import { createTestDatabase, tempDir, waitFor } from '@deai/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTaskManager } from './app.ts';
import { loadTaskManagerConfig } from './config.ts';
import { createPartitionMap } from './store/partitions.ts';
import { createPgArchive } from './store/pg-archive.ts';
import { SAMPLE_OUTPUT, sampleSession } from './testing/samples.ts';

const PRICES: PriceList = {
  version: 1,
  prices: [{ kind: 'language-id', model: '*', unit: 'text', yoctoPerUnit: '1000' }],
  priorityBps: { low: 8000, normal: 10_000, high: 20_000 },
  feeBps: 500,
};
const TASK: TaskRequest = { kind: 'language-id', input: { texts: ['bonjour'] } };

type World = Awaited<ReturnType<typeof newWorld>>;
let world: World;

/** A task manager on a database of its own, with the services around it played by the test. */
async function newWorld() {
  const db = await createTestDatabase();
  const bus = createMemoryBus();
  const objects = await createFolderStore({ directory: await tempDir() });
  const context = { bus, db, cache: createMemoryCache({ maxEntries: 10 }), objects };
  const config = loadTaskManagerConfig({
    DEAI_TASKS_WINDOW: '100',
    DEAI_TASKS_LEASE_SLACK_MS: '200',
    DEAI_TASKS_INLINE_BYTES: '500',
    DEAI_TASKS_RECONNECT_GRACE_MS: '200',
  });
  const logger = createLogger({ level: 'silent', pretty: false });
  const make = () => createTaskManager({ ...context, instanceId: newId(), logger, metrics: createMetrics() }, config);
  const given: WireTask[] = [];
  const cancelled: string[] = [];
  await bus.serve('nodes.ping', async () => ({}), { instance: 'test' });
  await bus.serve('rewards.prices', async () => PRICES);
  await bus.serve('rewards.openAccount', async () => ({ opened: false }));
  await bus.serve('nodes.countCapable', async (needs) => {
    const count = needs.model === 'lid-176' ? 1 : 0;
    return { registered: count, online: count, withKind: 1, withModel: count };
  });
  await bus.serve(
    'nodes.assign',
    async ({ assignments }) => {
      given.push(...assignments.flatMap((a) => a.tasks));
      return { unsent: [] };
    },
    { instance: 'test' },
  );
  await bus.serve(
    'nodes.cancelLeases',
    async ({ leases }) => {
      cancelled.push(...leases);
      return {};
    },
    { instance: 'test' },
  );
  let service = make();
  await service.start();
  return {
    db,
    bus,
    objects,
    given,
    cancelled,
    async restart() {
      await service.stop();
      service = make();
      await service.start();
    },
    stop: () => service.stop(),
  };
}

beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.stop());

async function requester(yocto = 10n ** 9n): Promise<Principal> {
  const userId = newId();
  await world.db.query('select ledger.open_account($1, $2)', [userId, yocto.toString()]);
  return { userId, roles: ['requester'], scopes: ['tasks:read', 'tasks:write'], via: 'session', credentialId: 'x' };
}
async function submit(principal: Principal, count = 1, task: TaskRequest = TASK): Promise<string[]> {
  const { tasks } = await world.bus.request('tasks.submit', { principal, tasks: Array.from({ length: count }, () => task) });
  return tasks.map((t) => t.id);
}
async function openNode(credits: number, session: NodeSession = sampleSession({ credits })): Promise<NodeSession> {
  await world.bus.request('tasks.openSession', { session, holding: [] });
  return session;
}
function resultOf(task: WireTask, more: Partial<SignedResult> = {}): SignedResult {
  const { taskId, leaseId } = task;
  return { taskId, leaseId, startedAtMs: Date.now(), runMs: 1, units: 1, output: SAMPLE_OUTPUT, signature: 's', proof: [], ...more };
}
async function answer(node: NodeSession, tasks: WireTask[], more: Partial<SignedResult> = {}) {
  const request: CommandInput<'tasks.results'> = { ...node, results: tasks.map((task) => resultOf(task, more)) };
  return (await world.bus.request('tasks.results', request)).acks;
}
/** Answers everything that is assigned until `count` tasks were given. */
async function workOff(node: NodeSession, count: number): Promise<string[]> {
  const done: string[] = [];
  while (done.length < count) {
    await waitFor(() => world.given.length > 0);
    const tasks = world.given.splice(0);
    const acks = await answer(node, tasks);
    expect(acks.every((ack) => ack.accepted)).toBe(true);
    done.push(...tasks.map((t) => t.taskId));
  }
  return done;
}
const get = (principal: Principal, id: string) => world.bus.request('tasks.get', { principal, id, withOutput: true });

test('a quote says what it is worth when there is a price, and goes without when there is none', async () => {
  const principal = await requester();
  const quote = () => world.bus.request('tasks.quote', { principal, task: TASK });
  expect(await quote()).toMatchObject({ totalYocto: '1050', usd: null });
  const price = { symbol: 'DEAI', ageS: 0, stale: false, quorum: 1, sources: [], source: 'fixed' as const };
  await world.bus.serve('prices.current', async () => ({ ...price, usd: '2000', at: new Date().toISOString() }));
  world.bus.publish('prices.changed', { usd: '2000', atMs: Date.now(), source: 'fixed' });
  await waitFor(async () => (await quote()).usd !== null);
  expect((await quote()).usd).toEqual({ amount: '0.0000000000000000021', priceAgeS: 0, source: 'fixed' });
});

test('tasks beyond the window of memory wait in the database and are all run, once', async () => {
  const principal = await requester();
  const ids = [...(await submit(principal, 1000)), ...(await submit(principal, 500))];
  expect((await world.bus.request('tasks.stats', {})).pending).toBe(1500);
  const node = await openNode(64);
  const done = await workOff(node, 1500);
  expect(new Set(done)).toEqual(new Set(ids));
  expect(done).toHaveLength(1500);
  expect(await world.bus.request('tasks.heldTotal', {})).toEqual({ heldYocto: '0', tasks: 0 });
});

test('after a restart waiting tasks are taken up, and leases whose node does not come back return to the queue', async () => {
  const principal = await requester();
  const node = await openNode(2);
  const ids = await submit(principal, 300);
  await waitFor(() => world.given.length === 2);
  const lost = world.given.splice(0);
  await world.restart();
  const other = await openNode(8);
  const done = await workOff(other, 300);
  expect(new Set(done)).toEqual(new Set(ids));
  const acks = await answer(node, lost);
  expect(acks.map((ack) => ack.code)).toEqual(['LEASE_LOST', 'LEASE_LOST']);
});

test('after a restart a node that comes back with its lease may finish it', async () => {
  const principal = await requester();
  const node = await openNode(1);
  const [id] = await submit(principal);
  await waitFor(() => world.given.length === 1);
  const [task] = world.given.splice(0);
  await world.restart();
  const { drop } = await world.bus.request('tasks.openSession', { session: node, holding: [task?.leaseId as string, newId()] });
  expect(drop).toHaveLength(1);
  expect((await answer(node, [task as WireTask]))[0]?.accepted).toBe(true);
  expect(await get(principal, id as string)).toMatchObject({ status: 'completed', attempt: 1, output: JSON.parse(SAMPLE_OUTPUT) });
});

test('a lease that runs out is given to the next attempt, and the node is told to stop', async () => {
  const principal = await requester();
  const node = await openNode(1);
  const [id] = await submit(principal, 1, { ...TASK, timeoutMs: 100 });
  await waitFor(() => world.given.length === 2, { timeoutMs: 10_000 });
  const [first, second] = world.given as [WireTask, WireTask];
  expect(world.cancelled).toContain(first.leaseId);
  expect((await answer(node, [first]))[0]?.code).toBe('LEASE_LOST');
  expect((await answer(node, [second]))[0]?.accepted).toBe(true);
  const { items } = await world.bus.request('tasks.events', { principal, id: id as string });
  expect(items.map((e) => e.event)).toEqual(['submitted', 'assigned', 'attempt_failed', 'assigned', 'started', 'completed']);
});

test('attempts that fail are repeated up to the limit, then the task fails with its last error and the hold returns', async () => {
  const principal = await requester(2_000n);
  const node = await openNode(4);
  const [id] = await submit(principal, 1, { ...TASK, maxAttempts: 2 });
  for (let attempt = 0; attempt < 2; attempt++) {
    await waitFor(() => world.given.length === 1);
    const failure = { code: 'EXECUTION_FAILED', message: `no ${attempt}`, cause: 'node' as const };
    expect((await answer(node, world.given.splice(0), { output: undefined as never, failure }))[0]?.accepted).toBe(true);
  }
  expect(await get(principal, id as string)).toMatchObject({
    status: 'failed',
    error: { code: 'EXECUTION_FAILED', message: 'no 1' },
    refundYocto: '1050',
  });
});

test('results are refused when they are twice, from another node, or of an unknown lease', async () => {
  const principal = await requester();
  const node = await openNode(4);
  await submit(principal, 2);
  await waitFor(() => world.given.length === 2);
  const [mine, other] = world.given.splice(0) as [WireTask, WireTask];
  const acks = await answer(node, [mine, mine, { ...mine, leaseId: newId() }, { ...mine, taskId: newId() }]);
  expect(acks.map((ack) => ack.code)).toEqual([undefined, 'RESULT_DUPLICATE', 'LEASE_LOST', 'LEASE_UNKNOWN']);
  expect((await answer(node, [mine]))[0]?.code).toBe('RESULT_DUPLICATE');
  const stranger = await openNode(1);
  expect((await answer(stranger, [other]))[0]?.code).toBe('LEASE_NOT_YOURS');
  const { rows } = await world.db.query<{ balance: string }>("select balance from ledger.account where type = 'earned' and balance > 0");
  expect(rows).toEqual([{ balance: '1000' }]);
});

test('a task that is cancelled while it runs reaches the node, and its late result is refused', async () => {
  const principal = await requester(1_050n);
  const node = await openNode(1);
  const [id] = (await submit(principal)) as [string];
  await waitFor(() => world.given.length === 1);
  expect(await world.bus.request('tasks.cancel', { principal, id })).toEqual({ id, status: 'cancelled' });
  expect(await world.bus.request('tasks.cancel', { principal, id })).toEqual({ id, status: 'cancelled' });
  expect(world.cancelled).toEqual([world.given[0]?.leaseId]);
  expect((await answer(node, world.given))[0]?.code).toBe('LEASE_LOST');
  expect(await submit(principal)).toHaveLength(1);
});

test('waiting for a task returns at its end, and at once when it has ended', async () => {
  const principal = await requester();
  const node = await openNode(1);
  const [id] = (await submit(principal)) as [string];
  const wait = () => world.bus.request('tasks.wait', { principal, id, waitMs: 20_000 });
  const waiting = wait();
  await waitFor(() => world.given.length === 1);
  await answer(node, world.given);
  expect((await waiting).status).toBe('completed');
  expect((await wait()).status).toBe('completed');
});

test('large inputs and outputs go through the object store and come back whole', async () => {
  const principal = await requester();
  const node = await openNode(1);
  const texts = Array.from({ length: 50 }, (_, i) => `sentence number ${i}`);
  const [id] = (await submit(principal, 1, { kind: 'language-id', input: { texts } })) as [string];
  await waitFor(() => world.given.length === 1);
  expect(world.given[0]?.input).toEqual({ texts });
  const one = JSON.parse(SAMPLE_OUTPUT).results[0];
  const short = JSON.stringify({ results: texts.slice(1).map(() => one) });
  expect((await answer(node, world.given.splice(0), { output: short }))[0]?.code).toBe('RESULT_INVALID');
  await waitFor(() => world.given.length === 1);
  const output = JSON.stringify({ results: texts.map(() => one) });
  expect((await answer(node, world.given, { output }))[0]?.accepted).toBe(true);
  expect((await get(principal, id)).output).toEqual(JSON.parse(output));
});

test('an ended task is submitted once more as it was: from its row, the object store and the archive, at a price of its own', async () => {
  const principal = await requester();
  const node = await openNode(1);
  const texts = Array.from({ length: 50 }, (_, i) => `sentence number ${i}`);
  const asked = { kind: 'language-id', input: { texts }, priority: 'high', timeoutMs: 9_000, maxAttempts: 2, labels: { a: 'b' } } as const;
  const [id] = (await submit(principal, 1, { ...asked, input: { texts } })) as [string];
  const retry = (of: string, by = principal, idempotencyKey?: string) =>
    world.bus.request('tasks.retry', { principal: by, id: of, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
  await expect(retry(id)).rejects.toMatchObject({ code: 'TASK_NOT_ENDED' });
  await waitFor(() => world.given.length === 1);
  world.given.splice(0);
  await world.bus.request('tasks.cancel', { principal, id });
  await expect(retry(id, await requester())).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  await expect(retry(newId())).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  await expect(retry(id, { ...principal, scopes: ['tasks:read'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });

  const again = await retry(id, principal, 'key');
  await waitFor(() => world.given.length === 1);
  expect(world.given[0]).toMatchObject({ taskId: again.id, input: { texts } });
  expect((await retry(id, principal, 'key')).id).toBe(again.id);
  const { input: _, labels, ...rest } = asked;
  expect(await get(principal, again.id)).toMatchObject({ ...rest, labels: { ...labels, retry_of: id }, quoteYocto: '105000' });
  expect(await get(principal, id)).toMatchObject({ status: 'cancelled', labels });

  const one = JSON.parse(SAMPLE_OUTPUT).results[0];
  await answer(node, world.given.splice(0), { output: JSON.stringify({ results: texts.map(() => one) }) });
  expect(await get(principal, again.id)).toMatchObject({ status: 'completed' });
  expect((await world.bus.request('tasks.list', { principal, query: { label: `retry_of=${id}` } })).items.map((task) => task.id)).toEqual([
    again.id,
  ]);
  for (const { ref } of (await world.db.query<{ ref: string }>('select distinct input_ref as ref from tasks.task')).rows) {
    await world.objects.delete(ref);
  }
  await expect(retry(id)).rejects.toMatchObject({ code: 'TASK_INPUT_GONE' });
});

test('tells what a task was submitted with, whether its row, the object store or the archive has it, to whom the task concerns', async () => {
  const principal = await requester();
  const texts = Array.from({ length: 50 }, (_, i) => `sentence number ${i}, with “quotes” and 東京`);
  const [small = '', large = ''] = [...(await submit(principal)), ...(await submit(principal, 1, { ...TASK, input: { top: 2, texts } }))];
  const input = (id: string, by = principal) => world.bus.request('tasks.input', { principal: by, id });
  const all = async () => [await input(small), await input(large)];
  const asked = [TASK.input, { top: 2, texts }];
  const kept = 'select id, input is null as apart, input_hash as hash from tasks.task order by id';
  const { rows } = await world.db.query<{ id: string; apart: boolean; hash: string }>(kept);
  expect(rows.map(({ id, apart }) => [id, apart])).toEqual([
    [small, false],
    [large, true],
  ]);
  expect(await all()).toEqual(asked);
  expect((await all()).map((told) => sha256Hex(canonicalJson(told)))).toEqual(rows.map(({ hash }) => hash));

  const admin: Principal = { ...principal, roles: ['admin'], scopes: [...principal.scopes, 'admin'], userId: newId() };
  expect(await input(small, admin)).toEqual(TASK.input);
  for (const [id, by] of [
    [small, await requester()],
    [newId(), principal],
    ['nonsense', principal],
  ] as const) {
    const refused = await get(by, id).catch((error: DeaiError) => error);
    expect(refused).toMatchObject({ code: 'TASK_NOT_FOUND', details: { id } });
    await expect(input(id, by)).rejects.toEqual(refused);
  }
  await expect(input(small, { ...principal, scopes: ['tasks:write'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });

  for (const id of [small, large]) await world.bus.request('tasks.cancel', { principal, id });
  await createPgArchive(world.db, world.objects, createPartitionMap(world.db)).archive(Date.now() + 2 * 86_400_000);
  expect((await world.db.query('select id from tasks.task')).rows).toEqual([]);
  expect(await all()).toEqual(asked);
  await world.objects.delete(await world.objects.put(Buffer.from(canonicalJson(asked[1]))));
  await expect(input(large)).rejects.toMatchObject({ code: 'TASK_INPUT_GONE', details: { id: large } });
  expect(await input(small)).toEqual(TASK.input);
});

test('explains why a task waits', async () => {
  const principal = await requester();
  const [id] = (await submit(principal, 3)) as [string];
  const why = () => world.bus.request('tasks.why', { principal, id });
  expect(await why()).toMatchObject({ reason: 'nodes_offline', predictedStart: null });
  const session = sampleSession({ credits: 1, accepting: false });
  await openNode(1, session);
  expect(await why()).toMatchObject({ reason: 'nodes_paused' });
  await world.bus.request('tasks.updateSession', { session: { ...session, accepting: true } });
  await waitFor(async () => (await why()).reason !== 'nodes_paused');
  expect(['being_assigned', 'waiting_for_turn', 'nodes_busy']).toContain((await why()).reason);
  const load = await world.bus.request('tasks.nodeLoad', { nodeId: session.nodeId });
  expect(load).toMatchObject({ known: true, credits: 0, running: 1, matchingTasks: 2 });
});

test('refuses what cannot run or be paid, and changes nothing', async () => {
  const principal = await requester(1_049n);
  const refuse = (task: TaskRequest) => world.bus.request('tasks.submit', { principal, tasks: [TASK, task] });
  await expect(refuse({ ...TASK, kind: 'nonsense' })).rejects.toMatchObject({ code: 'UNKNOWN_KIND', details: { task: 1 } });
  await expect(refuse({ ...TASK, input: {} })).rejects.toMatchObject({ code: 'INVALID_TASK_INPUT' });
  await expect(refuse({ ...TASK, model: 'none' })).rejects.toMatchObject({ code: 'NO_CAPABLE_NODE' });
  await expect(refuse({ ...TASK, maxPriceYocto: '1049' })).rejects.toMatchObject({ code: 'PRICE_ABOVE_MAXIMUM' });
  await expect(refuse({ ...TASK, verification: 'quorum:2/3' })).rejects.toMatchObject({ code: 'VERIFICATION_UNAVAILABLE' });
  await expect(submit(principal)).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  await expect(get(principal, newId())).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  expect((await world.bus.request('tasks.list', { principal, query: {} })).items).toEqual([]);
});

test("one requester does not see another's tasks", async () => {
  const [ann, bob] = [await requester(), await requester()];
  const [id] = (await submit(ann)) as [string];
  await expect(get(bob, id)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  await expect(world.bus.request('tasks.cancel', { principal: bob, id })).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
});

test('the receipt of a completed task goes to whom it concerns, and others are told why there is none', async () => {
  const nodeKey = 'ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp';
  const asked: string[][] = [];
  await world.bus.serve('nodes.publicKeys', async ({ ids }) => {
    asked.push(ids);
    return { items: ids.map((id) => ({ id, publicKey: nodeKey })) };
  });
  const principal = await requester();
  const receipt = (id: string, by = principal) => world.bus.request('tasks.receipt', { principal: by, id });
  const [id = ''] = await submit(principal);
  await expect(receipt(id)).rejects.toMatchObject({ code: 'RECEIPT_NOT_AVAILABLE', details: { status: 'pending' } });
  const node = await openNode(2);
  await waitFor(() => world.given.length === 1);
  const signed = { startedAtMs: 5, units: 1, runMs: 0.25, signature: `${'A'.repeat(85)}B==`, proof: [`L${'ab'.repeat(32)}`] };
  await answer(node, world.given.splice(0), signed);
  expect(await receipt(id)).toMatchObject({
    taskId: id,
    payer: 'sponsor.deai',
    payee: expect.stringMatching(/^[0-9a-f]{64}$/),
    nodeKey,
    kind: 'language-id',
    units: '1',
    runMs: '0.25',
    startedAtMs: 5,
    rewardYocto: '1000',
    feeYocto: '50',
    path: signed.proof,
    signature: `${'A'.repeat(86)}==`,
  });
  expect(await receipt(id, { ...principal, roles: ['admin'], scopes: [...principal.scopes, 'admin'], userId: newId() })).toEqual(
    await receipt(id),
  );
  await expect(receipt(id, await requester())).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  await expect(receipt(newId())).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });

  const { receipts } = await world.bus.request('tasks.receipts', { ids: [newId(), id] });
  expect(receipts).toEqual([{ receipt: await receipt(id), requesterId: principal.userId, operatorId: node.operatorId }]);
  expect(asked).toEqual([[node.nodeId]]);
  const { commits } = await waitFor(async () => {
    const answered = await world.bus.request('tasks.completedSince', { after: '0', limit: 10 });
    return answered.commits.length > 0 ? answered : undefined;
  });
  expect(commits.map(({ taskIds }) => taskIds)).toEqual([[id]]);
  await world.bus.request('tasks.settledThrough', { id: commits[0]?.id ?? '' });
  expect(await world.bus.request('tasks.completedSince', { after: '0', limit: 10 })).toEqual({ commits: [] });
  for (const after of ['-1', 'x', '', '99999999999999999999']) {
    await expect(world.bus.request('tasks.completedSince', { after, limit: 1 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  }
  await expect(world.bus.request('tasks.receipts', { ids: ['x'] })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});
