import { createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { createFolderStore } from '@deai/objects';
import {
  type CommandInput,
  type NodeMode,
  newId,
  newKeyPair,
  type Principal,
  resultsPayload,
  sessionPayload,
  signText,
  type WireResult,
} from '@deai/protocol';
import { createHttpApp, createLogger, createMetrics } from '@deai/service-kit';
import { createTestDatabase, type TestDatabase, tempDir, waitFor } from '@deai/testkit';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createNodeManager } from './app.ts';
import { loadNodeManagerConfig } from './config.ts';
import { connectTo, dialTo, hangUp, OFFER, operator, type PlayedNode, registerNode } from './testing/played-nodes.ts';

const INSTANCE = 'instance-under-test';
const NETWORK = 'test-net';
const HOME = 'task-manager-played-by-the-test';

const bus = createMemoryBus();
const heard: {
  results: CommandInput<'tasks.results'>[];
  opened: CommandInput<'tasks.openSession'>[];
  closed: CommandInput<'tasks.closeSession'>[];
} = {
  results: [],
  opened: [],
  closed: [],
};
/** Which task manager takes the next session. */
let homeNow = HOME;
let url = '';
let db: TestDatabase;

beforeAll(async () => {
  const logger = createLogger({ level: 'silent', pretty: false });
  const metrics = createMetrics();
  db = await createTestDatabase();
  const objects = await createFolderStore({ directory: await tempDir() });
  const env = { DEAI_NETWORK_ID: NETWORK, DEAI_NODES_OFFLINE_MS: '1500', DEAI_NODES_HELLO_MS: '500', DEAI_NODES_PERSIST_MS: '100' };
  const context = { instanceId: INSTANCE, bus, db, cache: createMemoryCache({ maxEntries: 10 }), objects, logger, metrics };
  await bus.serve('tasks.openSession', async (input) => {
    heard.opened.push(input);
    return { drop: input.holding, schedulerId: homeNow };
  });
  await bus.serve('tasks.updateSession', async () => ({}), { instance: HOME });
  await bus.serve('tasks.ping', async () => ({ unknown: [] }), { instance: HOME });
  await bus.serve(
    'tasks.closeSession',
    async (input) => {
      heard.closed.push(input);
      return {};
    },
    { instance: HOME },
  );
  await bus.serve(
    'tasks.results',
    async (input) => {
      heard.results.push(input);
      return { acks: input.results.map(({ leaseId }) => ({ leaseId, accepted: true })) };
    },
    { instance: HOME },
  );
  const service = createNodeManager(context, loadNodeManagerConfig(env));
  const app = await createHttpApp({ logger, metrics, bodyLimit: 1e6, maxFrameBytes: 1e6, trustProxy: false });
  await service.mount?.(app);
  await service.start();
  url = (await app.listen({ port: 0, host: '127.0.0.1' })).replace('http', 'ws');
  return async () => {
    await service.stop();
    await app.close();
  };
});

afterEach(hangUp);

const dial = () => dialTo(url);
const newNode = () => registerNode(bus);
const connect = (node: PlayedNode, holding?: string[]) => connectTo(url, node, holding);
function result(more: Partial<WireResult> = {}): WireResult {
  return { taskId: newId(), leaseId: newId(), startedAtMs: 1, runMs: 1, units: 1, output: '{}', ...more };
}
const getNode = (id: string) => bus.request('nodes.get', { principal: operator, id });

test('a node that proves its key is online, with what it offers, and is told which leases it lost', async () => {
  const node = await newNode();
  const stale = newId();
  const { welcome } = await connect(node, [stale]);
  expect(welcome).toMatchObject({ nodeId: node.nodeId, drop: [stale] });
  expect(await getNode(node.nodeId)).toMatchObject({
    status: 'online',
    credits: 4,
    capabilities: [{ kind: 'language-id', models: ['lid-176'] }],
  });
  const needs = { kind: 'language-id' as const, model: 'lid-176', memoryMiB: 1, region: '' };
  expect((await bus.request('nodes.countCapable', needs)).online).toBeGreaterThan(0);
  expect(await bus.request('nodes.countCapable', { ...needs, model: 'none' })).toMatchObject({ registered: 0, withModel: 0 });
});

test('registering a key again gives the same node, and refuses it to another operator', async () => {
  const node = await newNode();
  const request = { publicKey: node.publicKey, name: 'renamed' };
  expect((await bus.request('nodes.register', { principal: operator, request })).nodeId).toBe(node.nodeId);
  const other = { ...operator, userId: newId() };
  await expect(bus.request('nodes.register', { principal: other, request })).rejects.toMatchObject({ code: 'NODE_KEY_TAKEN' });
});

test.each([
  [
    'a signature of another key',
    (node: PlayedNode, nonce: string) => signText(newKeyPair().privateKey, sessionPayload(NETWORK, node.nodeId, nonce)),
  ],
  [
    'a signature for another network',
    (node: PlayedNode, nonce: string) => signText(node.privateKey, sessionPayload('other', node.nodeId, nonce)),
  ],
  ['a signature of another nonce', (node: PlayedNode) => signText(node.privateKey, sessionPayload(NETWORK, node.nodeId, 'replayed'))],
])('refuses %s', async (_what, signature) => {
  const node = await newNode();
  const line = dial();
  const { nonce } = await line.next('challenge');
  line.send({ type: 'hello', nodeId: node.nodeId, signature: signature(node, nonce), offer: OFFER, holding: [] });
  expect((await line.next('error')).error.code).toBe('NODE_SIGNATURE_INVALID');
  expect(await line.closed).toBe(4401);
});

test('a socket that says nothing, or something else first, is closed', async () => {
  expect(await dial().closed).toBe(4408);
  const line = dial();
  await line.next('challenge');
  line.send({ type: 'drain', on: true });
  expect((await line.next('error')).error.code).toBe('NODE_FRAME_INVALID');
  expect(await line.closed).toBe(4401);
});

test('garbage is refused with the reason, and three times of it close the session', async () => {
  const { send, next, closed, socket } = await connect(await newNode());
  send('}{');
  expect((await next('error')).error.code).toBe('NODE_FRAME_INVALID');
  socket.send(Buffer.from([1, 2, 3]), { binary: true });
  send({ type: 'heartbeat', metrics: { cpuPercent: 900 } });
  expect(await closed).toBe(4422);
});

test('signed results are passed on with a proof each; forged ones are refused and never passed on', async () => {
  const node = await newNode();
  const { send, next } = await connect(node);
  const results = [result(), result(), result()];
  send({ type: 'results', results, signature: signText(node.privateKey, resultsPayload(results)) });
  expect((await next('ack')).acks.every((ack) => ack.accepted)).toBe(true);
  expect(heard.results.at(-1)?.results.map((r) => r.proof.length)).toEqual([2, 2, 1]);
  const count = heard.results.length;
  const changed = results.map((r) => ({ ...r, units: 2 }));
  send({ type: 'results', results: changed, signature: signText(node.privateKey, resultsPayload(results)) });
  expect((await next('ack')).acks.map((ack) => ack.code)).toEqual(Array(3).fill('NODE_SIGNATURE_INVALID'));
  expect(heard.results).toHaveLength(count);
});

test('a second session of a node replaces the first, and work for the first is not sent', async () => {
  const node = await newNode();
  const first = await connect(node);
  const second = await connect(node);
  expect(await first.closed).toBe(4409);
  const task = { taskId: newId(), leaseId: newId(), kind: 'wasm', model: 'm', input: {}, timeoutMs: 1, leaseUntilMs: 1, attempt: 1 };
  const assign = (sessionId: string) =>
    bus.request('nodes.assign', { assignments: [{ nodeId: node.nodeId, sessionId, tasks: [task] }] }, { to: INSTANCE });
  expect(await assign(first.welcome.sessionId)).toEqual({ unsent: [task.leaseId] });
  expect(await assign(second.welcome.sessionId)).toEqual({ unsent: [] });
  expect((await second.next('assign')).tasks[0]?.leaseId).toBe(task.leaseId);
});

/** A task manager that takes results and answers nothing, until it ends. */
async function dyingHome(name: string) {
  const taken: CommandInput<'tasks.results'>[] = [];
  const stops = await Promise.all([
    bus.serve('tasks.ping', async () => ({ unknown: [] }), { instance: name }),
    bus.serve(
      'tasks.results',
      (input) => {
        taken.push(input);
        return new Promise(() => {});
      },
      { instance: name },
    ),
  ]);
  const end = () => {
    for (const stop of stops) stop();
  };
  return { taken, end };
}

test('when its home is gone a session opens at another with its leases, and what was not answered is asked there', async () => {
  const dying = await dyingHome('dying');
  homeNow = 'dying';
  const node = await newNode();
  const { send, next, welcome } = await connect(node);
  homeNow = HOME;
  const done = result();
  const task = { ...done, kind: 'wasm', model: 'm', input: {}, timeoutMs: 1, leaseUntilMs: 1, attempt: 1 };
  const assign = (sessionId: string) =>
    bus.request('nodes.assign', { assignments: [{ nodeId: node.nodeId, sessionId, tasks: [task] }] }, { to: INSTANCE });
  expect(await assign(welcome.sessionId)).toEqual({ unsent: [] });
  send({ type: 'results', results: [done], signature: signText(node.privateKey, resultsPayload([done])) });
  await waitFor(() => dying.taken.length === 1);
  dying.end();
  expect((await next('ack')).acks).toEqual([{ leaseId: done.leaseId, accepted: true }]);
  const reopened = heard.opened.findLast(({ session }) => session.nodeId === node.nodeId);
  expect(reopened).toMatchObject({ holding: [done.leaseId] });
  expect(heard.results.at(-1)).toMatchObject({ sessionId: reopened?.session.sessionId, results: [{ leaseId: done.leaseId }] });
  // What the old home still assigns goes back to its queue.
  expect(reopened?.session.sessionId).not.toBe(welcome.sessionId);
  expect(await assign(welcome.sessionId)).toEqual({ unsent: [done.leaseId] });
});

test('a session that its home forgot opens again', async () => {
  let unknown: string[] = [];
  const stop = await bus.serve('tasks.ping', async () => ({ unknown }), { instance: 'forgetful' });
  homeNow = 'forgetful';
  const node = await newNode();
  const { welcome } = await connect(node);
  homeNow = HOME;
  unknown = [welcome.sessionId];
  await waitFor(() => heard.opened.filter(({ session }) => session.nodeId === node.nodeId).length === 2);
  stop();
});

test('a node that falls silent is dropped and reported, though its socket stays open', async () => {
  const node = await newNode();
  const { socket, closed, welcome } = await connect(node);
  socket.pong = () => undefined;
  (socket as unknown as { _autoPong: boolean })._autoPong = false;
  await closed;
  await waitFor(() => heard.closed.some((c) => c.sessionId === welcome.sessionId));
  await waitFor(async () => (await getNode(node.nodeId)).status === 'offline');
});

test('an operator sets modes of own nodes only; the node and the scheduler hear of it', async () => {
  const node = await newNode();
  const { next } = await connect(node);
  const info = await bus.request('nodes.setMode', { principal: operator, id: node.nodeId, mode: 'maintenance' });
  expect(info.status).toBe('maintenance');
  expect((await next('mode')).mode).toBe('maintenance');
  const stranger = { ...operator, userId: newId() };
  await expect(bus.request('nodes.setMode', { principal: stranger, id: node.nodeId, mode: 'online' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(getNode(newId())).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
});

/** Plays the audit log, and keeps what it is told. */
async function playAuditLog(modeNow: () => Promise<unknown>) {
  const entryId = newId();
  const told: unknown[] = [];
  const stops = [
    await bus.serve('auth.recordAct', async ({ principal, act }) => {
      told.push({ by: principal.userId, act, modeNow: await modeNow() });
      return { entryId };
    }),
    await bus.serve('auth.concludeAct', async ({ principal, end }) => {
      told.push({ by: principal.userId, end, modeNow: await modeNow() });
      return { concluded: true };
    }),
  ] as const;
  return { entryId, told, stopConclude: stops[1], stop: () => stops.map((stop) => stop()) };
}

describe("an administrator's change of a mode", () => {
  const admin: Principal = { ...operator, userId: newId(), roles: ['admin'], scopes: [...operator.scopes, 'admin'] };
  const setMode = (id: string, mode: NodeMode) => bus.request('nodes.setMode', { principal: admin, id, mode });
  const modeOf = async (id: string) =>
    (await db.query<{ mode: NodeMode }>('select mode from nodes.node where id = $1', [id])).rows[0]?.mode;
  const by = admin.userId;
  const actOn = (id: string, mode: NodeMode) => ({
    action: 'node.modeChanged',
    subject: { type: 'node', id },
    details: { name: expect.any(String), mode },
  });

  test('is recorded before it is made, and not made when it cannot be; then that it was made', async () => {
    const { nodeId } = await newNode();
    await expect(setMode(nodeId, 'maintenance')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await modeOf(nodeId)).toBe('online');
    const { entryId, told, stop } = await playAuditLog(() => modeOf(nodeId));
    await setMode(nodeId, 'maintenance');
    await bus.request('nodes.setMode', { principal: operator, id: nodeId, mode: 'online' });
    stop();
    expect(told).toEqual([
      { by, act: actOn(nodeId, 'maintenance'), modeNow: 'online' },
      { by, end: { entryId, code: null }, modeNow: 'maintenance' },
    ]);
  });

  test('is recorded as failed with the code when the database refuses it', async () => {
    const { nodeId } = await newNode();
    const { entryId, told, stop } = await playAuditLog(() => modeOf(nodeId));
    const reported = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await db.query("alter table nodes.node add constraint no_drain check (mode <> 'drain') not valid");
    await expect(setMode(nodeId, 'drain')).rejects.toMatchObject({ code: 'INTERNAL' });
    await db.query('alter table nodes.node drop constraint no_drain');
    reported.mockRestore();
    stop();
    expect(told.slice(1)).toEqual([{ by, end: { entryId, code: 'INTERNAL' }, modeNow: 'online' }]);
  });

  test('is left as attempted when it is not known whether it was made', async () => {
    const { nodeId } = await newNode();
    const { told, stop } = await playAuditLog(() => modeOf(nodeId));
    const locking = await db.pool.connect();
    await locking.query('begin');
    await locking.query('select from nodes.node where id = $1 for update', [nodeId]);
    const changing = setMode(nodeId, 'drain');
    const blocked = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    const pid = await waitFor(async () => (await db.query<{ pid: number }>(blocked)).rows[0]?.pid);
    await Promise.all([
      expect(changing).rejects.toMatchObject({ code: 'UNAVAILABLE' }),
      db.query('select pg_terminate_backend($1)', [pid]),
    ]);
    await locking.query('rollback');
    locking.release();
    stop();
    expect(told).toHaveLength(1);
  });

  test('is made, and left as attempted, when the audit log goes away in between', async () => {
    const { nodeId } = await newNode();
    const { told, stop, stopConclude } = await playAuditLog(() => modeOf(nodeId));
    stopConclude();
    expect(await setMode(nodeId, 'drain')).toMatchObject({ id: nodeId });
    stop();
    expect([told.length, await modeOf(nodeId)]).toEqual([1, 'drain']);
  });
});

test('lists pages without gaps, by status, and counts what is there', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await newNode()).nodeId);
  const first = await bus.request('nodes.list', { principal: operator, query: { limit: 2, status: 'offline', mine: true } });
  const rest = await bus.request('nodes.list', {
    principal: operator,
    query: { limit: 2, status: 'offline', mine: true, cursor: first.nextCursor as string },
  });
  expect([...first.items, ...rest.items].map((n) => n.id).slice(0, 3)).toEqual(ids.reverse());
  const stats = await bus.request('nodes.stats', {});
  expect(stats.registered).toBe(stats.online + stats.maintenance + stats.offline);
});
