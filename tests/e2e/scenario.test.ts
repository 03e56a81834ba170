import { randomUUID } from 'node:crypto';
import type { SubmittedTask, TaskRequest, WireTask } from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, type NodeIdentity, registerAccount, registerNode } from './src/accounts.ts';
import { allTasks, expectPaidFor, untilAllEnded } from './src/books.ts';
import { startHonestNode } from './src/honest-node.ts';
import { languageTask } from './src/load.ts';
import { startNetwork } from './src/network-process.ts';
import { type NodeSession, offerOf, openNodeSession, resultOf } from './src/node-session.ts';

let url: string;
let requester: Account;
let operator: Account;

beforeAll(async () => {
  // A small window of waiting tasks in memory, so that long queues are read from the database as they are in a large network.
  ({ url } = await startNetwork({ env: { DEAI_TASKS_WINDOW: '200', DEAI_NODES_GRACE_MS: '200' } }));
  [requester, operator] = await Promise.all([registerAccount(url, 'requester'), registerAccount(url, 'operator')]);
});

/** A place of its own: tasks for its region go to its nodes only. */
interface Place {
  region: string;
  task(changes?: Partial<TaskRequest>): TaskRequest;
  submit(changes?: Partial<TaskRequest>, who?: Account): Promise<SubmittedTask>;
  /** A node that does nothing by itself. */
  idleNode(credits?: number): Promise<{ identity: NodeIdentity; session: NodeSession }>;
  honestNode(serviceMs?: number): ReturnType<typeof startHonestNode>;
}

function newPlace(): Place {
  const region = randomUUID();
  const task = (changes: Partial<TaskRequest> = {}) => languageTask({ requirements: { region }, ...changes });
  return {
    region,
    task,
    submit: (changes, who = requester) => who.client.tasks.submit(task(changes)),
    async idleNode(credits = 1) {
      const identity = await registerNode(url, operator.apiKey, region);
      const session = await openNodeSession(identity);
      await session.hello({ offer: offerOf({ region, credits }) });
      return { identity, session };
    },
    honestNode: async (serviceMs = 5) =>
      await startHonestNode(await registerNode(url, operator.apiKey, region), { serviceMs, offer: { region } }),
  };
}

const done = (session: NodeSession, task: WireTask) => session.results([resultOf(task)]);
const available = async () => BigInt((await requester.client.user.billing()).availableYocto);

describe('idempotency keys', () => {
  test('a repeated submission gives the same task, also when both come at once', async () => {
    const place = newPlace();
    await place.honestNode();
    const before = (await allTasks(requester)).length;
    const idempotencyKey = randomUUID();
    const submit = () => requester.client.tasks.submit(place.task(), { idempotencyKey });
    const together = await Promise.all(Array.from({ length: 10 }, submit));
    const again = await submit();
    expect(new Set([...together, again].map(({ id }) => id)).size).toBe(1);
    expect((await allTasks(requester)).length).toBe(before + 1);
    const other = requester.client.tasks.submit(place.task({ priority: 'high' }), { idempotencyKey });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
  });

  test('a repeated batch gives the same tasks in the same order', async () => {
    const place = newPlace();
    await place.honestNode();
    const idempotencyKey = randomUUID();
    const batch = Array.from({ length: 5 }, (_, i) => place.task({ labels: { number: String(i) } }));
    const first = await requester.client.tasks.submitMany(batch, { idempotencyKey });
    const second = await requester.client.tasks.submitMany(batch, { idempotencyKey });
    expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  });
});

describe('funds', () => {
  test('are enough to the last yocto and not beyond, also for those who ask at the same time', async () => {
    // One text costs 10¹⁸ yocto and a fee of 5 %: this pays for ten.
    const network = await startNetwork({ env: { DEAI_STARTING_CREDIT: '0.0000105' } });
    const [buyer, seller] = await Promise.all([registerAccount(network.url, 'requester'), registerAccount(network.url, 'operator')]);
    const identity = await registerNode(network.url, seller.apiKey);
    const session = await openNodeSession(identity);
    await session.hello();
    const { client } = buyer;
    await expect(client.tasks.submitMany(Array.from({ length: 11 }, () => languageTask()))).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
      status: 402,
    });
    expect(await client.user.billing()).toMatchObject({ heldYocto: '0', availableYocto: '10500000000000000000' });
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => client.tasks.submit(languageTask())));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    expect(await client.user.billing()).toMatchObject({ availableYocto: '0', heldYocto: '10500000000000000000' });
    const [one] = await allTasks(buyer);
    await client.tasks.cancel(one?.id ?? '');
    await client.tasks.submit(languageTask());
    await expect(client.tasks.submit(languageTask())).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    await session.cut();
    await startHonestNode(identity);
    const tasks = await untilAllEnded(buyer, 20_000);
    expect(tasks.filter(({ status }) => status === 'completed')).toHaveLength(10);
    await expectPaidFor(tasks, [seller], buyer);
    expect(await client.user.billing()).toMatchObject({ availableYocto: '0', heldYocto: '0', spentYocto: '10500000000000000000' });
    await network.stop();
  }, 60_000);
});

describe('cancelling', () => {
  test('a waiting task ends at once, is refunded and is never given out', async () => {
    const place = newPlace();
    const { session } = await place.idleNode();
    await place.submit();
    const held = await session.task();
    const before = await available();
    const { id } = await place.submit();
    expect(await available()).toBeLessThan(before);
    expect(await requester.client.tasks.cancel(id)).toEqual({ id, status: 'cancelled' });
    expect(await requester.client.tasks.cancel(id)).toEqual({ id, status: 'cancelled' });
    expect(await available()).toBe(before);
    const next = await place.submit();
    done(session, held);
    expect((await session.task(({ taskId }) => taskId !== held.taskId)).taskId).toBe(next.id);
    expect(await requester.client.tasks.get(id)).toMatchObject({ status: 'cancelled', priceYocto: '0', error: { code: 'CANCELLED' } });
    await requester.client.tasks.cancel(next.id);
  });

  test('a running task is stopped on its node, which gets the next one and no money', async () => {
    const place = newPlace();
    const { session, identity } = await place.idleNode();
    const { id } = await place.submit();
    const task = await session.task();
    session.send({ type: 'report', started: [{ leaseId: task.leaseId, startedAtMs: Date.now() }] });
    await waitFor(async () => (await requester.client.tasks.get(id)).status === 'in_progress');
    const next = await place.submit();
    await requester.client.tasks.cancel(id);
    await waitFor(() => session.frames.some((frame) => frame.type === 'cancel' && frame.leases.includes(task.leaseId)));
    done(session, task);
    expect(await session.ack(task.leaseId)).toMatchObject({ accepted: false, code: 'LEASE_LOST' });
    expect(await requester.client.tasks.get(id)).toMatchObject({ status: 'cancelled', rewardYocto: '0', feeYocto: '0' });
    done(session, await session.task(({ taskId }) => taskId === next.id));
    expect(await requester.client.tasks.wait(next.id, { timeoutMs: 10_000 })).toMatchObject({
      status: 'completed',
      nodeId: identity.nodeId,
    });
    await expect(requester.client.tasks.cancel(next.id)).rejects.toMatchObject({ code: 'TASK_NOT_CANCELLABLE', status: 409 });
  });

  test("nobody cancels another requester's task", async () => {
    const place = newPlace();
    await place.idleNode();
    const { id } = await place.submit();
    const stranger = await registerAccount(url, 'requester');
    await expect(stranger.client.tasks.cancel(id)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await requester.client.tasks.cancel(id);
  });
});

describe('a task that no registered node can run', () => {
  test.each([
    ['kind', { kind: 'chat', model: 'm', input: { messages: [{ role: 'user', content: 'hello' }] } }, /no registered node runs chat/],
    ['model', { model: 'lid-9000' }, /none with the model lid-9000/],
    ['region', { requirements: { region: 'the-moon' } }, /in region the-moon/],
    ['memory', { requirements: { memoryMiB: 1_048_576 } }, /none with 1048576 MiB/],
  ] as [string, Partial<TaskRequest>, RegExp][])('is refused at once, naming the %s', async (_what, changes, missing) => {
    const place = newPlace();
    await place.honestNode();
    const before = await available();
    await expect(requester.client.tasks.submit(languageTask(changes))).rejects.toMatchObject({
      code: 'NO_CAPABLE_NODE',
      status: 422,
      details: { missing: expect.stringMatching(missing) },
    });
    expect(await available()).toBe(before);
  });
});

describe('why', () => {
  test('tells each state of a task from the next', async () => {
    const place = newPlace();
    const { client } = requester;
    const { session, identity } = await place.idleNode();
    const first = await place.submit();
    const task = await session.task();
    expect(await client.tasks.why(first.id)).toMatchObject({ status: 'assigned', reason: 'being_assigned' });
    session.send({ type: 'report', started: [{ leaseId: task.leaseId, startedAtMs: Date.now() }] });
    await waitFor(async () => (await client.tasks.why(first.id)).reason === 'running');

    const second = await place.submit();
    expect(await client.tasks.why(second.id)).toMatchObject({
      reason: 'nodes_busy',
      tasksAhead: 0,
      nodes: { capable: 1, online: 1, free: 0 },
    });
    expect(await operator.client.nodes.why(identity.nodeId)).toMatchObject({ reason: 'no_credits', running: 1, matchingTasks: 1 });
    const third = await place.submit();
    expect(await client.tasks.why(third.id)).toMatchObject({ reason: 'waiting_for_turn', tasksAhead: 1 });

    await operator.client.nodes.setMode(identity.nodeId, 'maintenance');
    await waitFor(async () => (await client.tasks.why(second.id)).reason === 'nodes_paused');
    await session.cut();
    await waitFor(async () => (await client.tasks.why(second.id)).reason === 'nodes_offline');
    expect(await operator.client.nodes.why(identity.nodeId)).toMatchObject({ reason: expect.stringMatching(/offline|maintenance/) });

    await place.honestNode();
    for (const { id } of [first, second, third]) await client.tasks.wait(id, { timeoutMs: 10_000 });
    expect(await client.tasks.why(second.id)).toMatchObject({ status: 'completed', reason: 'ended' });
  });
});

describe('taking a node out of service', () => {
  test('maintenance ends what runs and gives nothing new, until the node is online again', async () => {
    const place = newPlace();
    const { session, identity } = await place.idleNode();
    const first = await place.submit();
    const task = await session.task();
    await operator.client.nodes.setMode(identity.nodeId, 'maintenance');
    await waitFor(() => session.frames.some((frame) => frame.type === 'mode' && frame.mode === 'maintenance'));
    const second = await place.submit();
    done(session, task);
    expect((await requester.client.tasks.wait(first.id, { timeoutMs: 10_000 })).status).toBe('completed');
    expect(await requester.client.tasks.why(second.id)).toMatchObject({ status: 'pending', reason: 'nodes_paused' });
    expect(await operator.client.nodes.get(identity.nodeId)).toMatchObject({ status: 'maintenance' });
    expect(session.tasks).toHaveLength(1);
    await operator.client.nodes.setMode(identity.nodeId, 'online');
    done(session, await session.task(({ taskId }) => taskId === second.id));
    expect((await requester.client.tasks.wait(second.id, { timeoutMs: 10_000 })).status).toBe('completed');
  });

  test('a node that drains keeps what it has and is given nothing more', async () => {
    const place = newPlace();
    const { session, identity } = await place.idleNode(2);
    const first = await place.submit();
    const task = await session.task();
    session.send({ type: 'drain', on: true });
    const second = await waitFor(async () => {
      const submitted = await place.submit();
      if ((await requester.client.tasks.why(submitted.id)).reason === 'nodes_paused') return submitted;
      throw new Error('given out before the drain was heard');
    });
    done(session, task);
    expect((await requester.client.tasks.wait(first.id, { timeoutMs: 10_000 })).nodeId).toBe(identity.nodeId);
    expect((await requester.client.tasks.get(second.id)).status).toBe('pending');
    session.send({ type: 'drain', on: false });
    done(session, await session.task(({ taskId }) => taskId === second.id));
    expect((await requester.client.tasks.wait(second.id, { timeoutMs: 10_000 })).status).toBe('completed');
  });
});

describe('taking turns', () => {
  const CREDITS = 4;

  test('2,000 waiting tasks of one requester hold up the first task of another by one round at most, and all end', async () => {
    const place = newPlace();
    const { session } = await place.idleNode(CREDITS);
    const [many, few] = await Promise.all([registerAccount(url, 'requester'), registerAccount(url, 'requester')]);
    await many.client.tasks.submitMany(Array.from({ length: 2_000 }, () => place.task()));
    await waitFor(() => session.tasks.length === CREDITS);
    const { id } = await place.submit({}, few);
    // Each result frees one place.
    for (let i = 0; i < CREDITS; i++) {
      done(session, session.tasks[i] as WireTask);
      await waitFor(() => session.tasks.length === CREDITS + i + 1);
    }
    expect(session.tasks.slice(CREDITS).map(({ taskId }) => taskId)).toContain(id);
    await session.cut();
    await Promise.all([place.honestNode(1), place.honestNode(1)]);
    const tasks = await untilAllEnded(many, 60_000);
    expect(tasks.filter(({ status }) => status === 'completed')).toHaveLength(2_000);
    expect((await few.client.tasks.wait(id, { timeoutMs: 10_000 })).status).toBe('completed');
  }, 90_000);

  test('high priority goes first and low is not starved', async () => {
    const place = newPlace();
    const { session } = await place.idleNode(1);
    const blocker = await place.submit();
    const batch = (priority: 'low' | 'high') =>
      requester.client.tasks.submitMany(Array.from({ length: 24 }, () => place.task({ priority })));
    const low = new Set((await batch('low')).map(({ id }) => id));
    const high = new Set((await batch('high')).map(({ id }) => id));
    expect((await session.task()).taskId).toBe(blocker.id);
    for (let i = 0; i < 24; i++) {
      done(session, session.tasks[i] as WireTask);
      await waitFor(() => session.tasks.length === i + 2);
    }
    const given = session.tasks.slice(1).map(({ taskId }) => taskId);
    expect(given.filter((id) => high.has(id)).length).toBeGreaterThanOrEqual(20);
    expect(given.filter((id) => low.has(id)).length).toBeGreaterThanOrEqual(1);
    await session.cut();
    await place.honestNode(1);
    for (const id of [...low, ...high]) await requester.client.tasks.wait(id, { timeoutMs: 20_000 });
  }, 60_000);
});
