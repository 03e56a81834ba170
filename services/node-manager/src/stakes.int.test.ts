import { createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { createFolderStore } from '@deai/objects';
import { type NodeSession, newId, newKeyPair, ONE_TOKEN, type StakeState } from '@deai/protocol';
import { createHttpApp, createLogger, createMetrics, type Service } from '@deai/service-kit';
import { createTestDatabase, type TestDatabase, tempDir, waitFor } from '@deai/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNodeManager } from './app.ts';
import { loadNodeManagerConfig } from './config.ts';
import { connectTo, hangUp, operator, type PlayedNode, registerNode } from './testing/played-nodes.ts';

const HOME = 'task-manager-played-by-the-test';
const LEAST = (10n * ONE_TOKEN).toString();
const LITTLE = (2n * ONE_TOKEN).toString();

let db: TestDatabase;
let bus: ReturnType<typeof createMemoryBus>;
/** What the task manager was told last of each node's session. */
let told: Map<string, NodeSession>;
const running: (() => Promise<void>)[] = [];

beforeEach(async () => {
  db = await createTestDatabase();
  bus = createMemoryBus();
  told = new Map();
  await bus.serve('tasks.openSession', async ({ session }) => {
    told.set(session.nodeId, session);
    return { drop: [], schedulerId: HOME };
  });
  const atHome = { instance: HOME };
  await bus.serve('tasks.closeSession', async () => ({}), atHome);
  await bus.serve('tasks.ping', async () => ({ unknown: [] }), atHome);
  const update = async ({ session }: { session: NodeSession }) => {
    told.set(session.nodeId, session);
    return {};
  };
  await bus.serve('tasks.updateSession', update, atHome);
  const load = { known: true, waitingTasks: 3, matchingTasks: 3, running: 0, credits: 4 };
  await bus.serve('tasks.nodeLoad', async () => load);
});
afterEach(async () => {
  hangUp();
  for (const stop of running.splice(0)) await stop();
  await bus.close();
  await db.drop();
});

/** A node manager; `rarely`: it hears of stakes by the event alone. */
async function start(instanceId: string, env: Record<string, string> = {}): Promise<{ url: string; service: Service }> {
  const logger = createLogger({ level: 'silent', pretty: false });
  const metrics = createMetrics();
  const objects = await createFolderStore({ directory: await tempDir() });
  const context = { instanceId, bus, db, cache: createMemoryCache({ maxEntries: 10 }), objects, logger, metrics };
  const config = loadNodeManagerConfig({ DEAI_NODES_REQUIRE_STAKE: 'true', DEAI_NODES_PERSIST_MS: '3600000', ...env });
  const service = createNodeManager(context, config);
  const app = await createHttpApp({ logger, metrics, bodyLimit: 1e6, maxFrameBytes: 1e6, trustProxy: false });
  await service.mount?.(app);
  await service.start();
  const url = (await app.listen({ port: 0, host: '127.0.0.1' })).replace('http', 'ws');
  running.push(async () => {
    await service.stop();
    await app.close();
  });
  return { url, service };
}

let seq = 0;
const stateOf = ({ publicKey }: Pick<PlayedNode, 'publicKey'>, stakeYocto: string): StakeState => ({
  publicKey,
  accountId: 'alice.near',
  operatorId: null,
  stakeYocto,
  seq: ++seq,
});
const sync = (stakes: StakeState[], minStakeYocto = LEAST) => bus.request('nodes.syncStakes', { stakes, minStakeYocto });
const stake = (node: Pick<PlayedNode, 'publicKey'>, stakeYocto: string) => sync([stateOf(node, stakeYocto)]);
const info = ({ nodeId }: PlayedNode) => bus.request('nodes.get', { principal: operator, id: nodeId });
const why = ({ nodeId }: PlayedNode) => bus.request('nodes.why', { principal: operator, id: nodeId });
const capable = () => bus.request('nodes.countCapable', { kind: 'language-id', model: 'lid-176', memoryMiB: 1, region: '' });
const accepting = ({ nodeId }: PlayedNode) => told.get(nodeId)?.accepting;

test('shows the newest stake of a key, also of one that was staked for before the node registered', async () => {
  await start('a');
  const keys = newKeyPair();
  await stake(keys, LITTLE);
  const node = await registerNode(bus, keys);
  expect(await info(node)).toMatchObject({ stakeYocto: LITTLE, stakeAccount: 'alice.near' });
  const older = stateOf(node, '1');
  await sync([stateOf(node, '7'), stateOf(node, LEAST)]);
  await sync([older]);
  expect(await info(node)).toMatchObject({ stakeYocto: LEAST });
  const { items } = await bus.request('nodes.list', { principal: operator, query: { mine: true } });
  expect(items.find(({ id }) => id === node.nodeId)).toEqual(await info(node));
  await stake(node, '0');
  expect(await info(node)).toMatchObject({ stakeYocto: '0', stakeAccount: null });
  expect(await info(await registerNode(bus))).toMatchObject({ stakeYocto: '0', stakeAccount: null });
});

test('a stake of an account that somebody linked counts for nodes of that operator alone', async () => {
  await start('a');
  const node = await registerNode(bus);
  const stranger = { ...stateOf(node, LEAST), accountId: 'eve.near', operatorId: newId() };
  await sync([stranger]);
  expect(await info(node)).toMatchObject({ stakeYocto: '0', stakeAccount: null });
  // The same stake, its account linked by another user since.
  await sync([{ ...stranger, operatorId: operator.userId }]);
  expect(await info(node)).toMatchObject({ stakeYocto: LEAST, stakeAccount: 'eve.near' });
  await sync([{ ...stateOf(node, LITTLE), accountId: 'own.near' }]);
  expect(await info(node)).toMatchObject({ stakeYocto: LEAST, stakeAccount: 'eve.near' });
});

test('a node without the least stake connects and gets no work; it gets some once it is staked, and none once that is gone', async () => {
  const { url } = await start('a');
  const node = await registerNode(bus);
  const { socket, welcome } = await connectTo(url, node);
  expect(accepting(node)).toBe(false);
  expect(await why(node)).toMatchObject({ reason: 'not_staked', explanation: expect.stringContaining('deai stake') });
  await stake(node, LITTLE);
  expect(await why(node)).toMatchObject({
    reason: 'not_staked',
    explanation: expect.stringMatching(/at least 10 DEAI.* has 2 DEAI/),
  });
  expect(accepting(node)).toBe(false);
  expect(await capable()).toEqual({ registered: 0, online: 0, withKind: 1, withModel: 1 });
  await stake(node, LEAST);
  await waitFor(() => accepting(node) === true);
  expect(await capable()).toMatchObject({ registered: 1, online: 1 });
  expect(await why(node)).toMatchObject({ reason: 'being_assigned' });
  await stake(node, LITTLE);
  await waitFor(() => accepting(node) === false);
  await sync([], LITTLE);
  await waitFor(() => accepting(node) === true);
  expect(socket.readyState).toBe(socket.OPEN);
  expect(told.get(node.nodeId)?.sessionId).toBe(welcome.sessionId);
  expect((await info(node)).status).toBe('online');
});

test('the instance that holds a session learns of a stake that another one was told of', async () => {
  const [first, second] = [await start('a'), await start('b')];
  const nodes = [await registerNode(bus), await registerNode(bus)] as const;
  await connectTo(first.url, nodes[0]);
  await connectTo(second.url, nodes[1]);
  // Whichever of the two instances takes the command: each has one of the nodes.
  await sync(nodes.map((node) => stateOf(node, LEAST)));
  await waitFor(() => nodes.every((node) => accepting(node) === true));
  await sync(nodes.map((node) => stateOf(node, '0')));
  await waitFor(() => nodes.every((node) => accepting(node) === false));
});

test('an event that got lost is made up for', async () => {
  const { url } = await start('a', { DEAI_NODES_PERSIST_MS: '50' });
  const node = await registerNode(bus);
  await connectTo(url, node);
  const text = 'insert into nodes.stake (public_key, account_id, stake, seq) values ($1, $2, $3, 1)';
  await db.query('insert into nodes.least_stake (amount) values ($1)', [LEAST]);
  await db.query(text, [node.publicKey, 'alice.near', LEAST]);
  await waitFor(() => accepting(node) === true);
});

test('after a restart the stored stakes count until there are newer ones', async () => {
  const { url, service } = await start('a');
  const [rich, poor] = [await registerNode(bus), await registerNode(bus)];
  await connectTo(url, rich);
  await sync([stateOf(rich, LEAST), stateOf(poor, LITTLE)]);
  await waitFor(() => accepting(rich) === true);
  hangUp();
  await service.stop();
  told.clear();
  const again = await start('b');
  await connectTo(again.url, rich);
  await connectTo(again.url, poor);
  expect([accepting(rich), accepting(poor)]).toEqual([true, false]);
});

test('asks for no stake unless told to', async () => {
  const { url } = await start('a', { DEAI_NODES_REQUIRE_STAKE: '' });
  const node = await registerNode(bus);
  await connectTo(url, node);
  expect(accepting(node)).toBe(true);
  expect(await capable()).toMatchObject({ registered: 1, online: 1 });
  await stake(node, LITTLE);
  expect(await why(node)).toMatchObject({ reason: 'being_assigned' });
  await stake(node, '0');
  expect(accepting(node)).toBe(true);
});
