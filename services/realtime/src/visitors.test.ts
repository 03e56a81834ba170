import { isPublicTopic, newId, type SettlementBatch, type Topic } from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import { afterEach, expect, test } from 'vitest';
import { type Client, openClient } from './testing/client.ts';
import { type Running, startRealtime } from './testing/running.ts';
import { aNode, aTask, BATCH, QUEUES, STATS } from './testing/world.ts';

let running: Running;
afterEach(() => running.close());

const PUBLIC: Topic[] = [{ topic: 'network' }, { topic: 'settlement' }];

async function visit(): Promise<Client> {
  const client = await running.connect();
  client.send({ type: 'visit' });
  expect(await client.take('ready')).toEqual({ type: 'ready', userId: null });
  return client;
}
const publishStats = () => running.world.bus.publish('network.stats', { atMs: Date.now(), stats: STATS, queues: QUEUES });
const publishBatch = (batch: Partial<SettlementBatch> = {}) =>
  running.world.bus.publish('settlement.changed', { atMs: Date.now(), batch: { ...BATCH, ...batch } });

test('a visitor hears how the network is and what becomes of settlement batches, as they are public over HTTP', async () => {
  running = await startRealtime();
  const client = await visit();
  expect(await client.subscribe(PUBLIC)).toMatchObject({ topics: PUBLIC, complete: true });
  publishStats();
  expect((await client.take('network_stats')).data).toMatchObject({ active_nodes: STATS.activeNodes, queues: QUEUES });
  publishBatch({ state: 'final' });
  expect((await client.take('settlement_batch')).data).toEqual({ ...BATCH, state: 'final' });
  client.send({ type: 'ping' });
  await client.take('pong');
});

test('a visitor gets no topic of tasks or nodes, nothing of what happens to them, and no other service is asked', async () => {
  running = await startRealtime();
  const [user, operator] = [newId(), newId()];
  const task = aTask({ requesterId: user });
  const node = aNode({ operatorId: operator });
  running.world.tasks.set(task.id, task);
  running.world.nodes.set(node.id, node);
  let asked = 0;
  running.world.gate.before = async () => void asked++;
  const client = await visit();
  const topics: Topic[] = [
    { topic: 'tasks' },
    { topic: 'nodes' },
    { topic: 'task', id: task.id },
    { topic: 'node', id: node.id },
    { topic: 'network' },
  ];
  const privateOnes = topics.filter((topic) => !isPublicTopic(topic));
  for (const after of [undefined, '00000000000-0123456789ab']) {
    expect((await client.subscribe(topics, after)).topics).toEqual([{ topic: 'network' }]);
    const { error } = await client.take('error');
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', details: { topics: expect.arrayContaining(privateOnes) } });
  }
  running.world.change({ taskId: task.id, requesterId: user });
  running.world.bus.publish('nodes.changed', {
    atMs: Date.now(),
    change: { nodeId: node.id, operatorId: operator, status: 'online', metrics: null },
  });
  publishStats();
  await client.take('network_stats');
  expect(client.frames.filter(({ type }) => type === 'task_update' || type === 'node_status')).toEqual([]);
  expect(asked).toBe(0);
});

test('a visitor does not become a user on the same socket, and a user no visitor', async () => {
  running = await startRealtime();
  const client = await visit();
  client.send({ type: 'auth', token: await running.world.token(newId()) });
  expect((await client.take('error')).error.code).toBe('INVALID_INPUT');
  const user = await running.connectAs(newId());
  user.send({ type: 'visit' });
  expect((await user.take('error')).error.code).toBe('INVALID_INPUT');
});

test('a visitor who comes back gets what was missed, however much else happened', async () => {
  running = await startRealtime({ ringChanges: 100 });
  const first = await visit();
  await first.subscribe(PUBLIC);
  publishBatch({ number: 1 });
  const { id } = await first.take('settlement_batch');
  first.socket.close();
  await first.closed;
  for (let i = 0; i < 500; i++) running.world.change({});
  publishBatch({ number: 2 });
  for (let i = 0; i < 500; i++) running.world.change({});
  publishBatch({ number: 3 });
  const second = await visit();
  expect(await second.subscribe(PUBLIC, id)).toMatchObject({ complete: true });
  expect(second.frames.flatMap((frame) => (frame.type === 'settlement_batch' ? [frame.data.number] : []))).toEqual([2, 3]);
  // From the place that `subscribed` told, which may be that of a change that is nobody's business.
  const third = await visit();
  expect(await third.subscribe(PUBLIC, (await second.subscribe(PUBLIC)).id)).toMatchObject({ complete: true });
  publishBatch({ number: 4 });
  expect((await third.take('settlement_batch')).data.number).toBe(4);
});

test('takes so many visitors from one network and no more, and users all the same', async () => {
  running = await startRealtime({ maxVisitorsPerNetwork: 2, maxVisitors: 3 });
  const [one] = [await visit(), await visit()];
  const refused = await running.connect();
  refused.send({ type: 'visit' });
  expect((await refused.take('error')).error).toMatchObject({ code: 'RATE_LIMITED', details: { maxVisitors: 2 } });
  expect((await refused.closed).code).toBe(4429);
  await running.connectAs(newId());
  one?.socket.close();
  await one?.closed;
  await waitFor(async () => (await running.metric('deai_realtime_sockets')) === 2);
  await visit();
});

test('takes so many visitors in all and no more, wherever they come from', async () => {
  running = await startRealtime({ maxVisitorsPerNetwork: 2, maxVisitors: 3 }, { trustProxy: true });
  const from = async (ip: string) => {
    const client = await openClient(`ws://127.0.0.1:${running.port}/ws`, undefined, { 'x-forwarded-for': ip });
    client.send({ type: 'visit' });
    return client;
  };
  for (const ip of ['2001:db8::1', '2001:db8::2', '203.0.113.1']) await (await from(ip)).take('ready');
  expect((await (await from('2001:db8::3')).take('error')).error.code).toBe('OVERLOADED');
  const last = await from('203.0.113.2');
  expect((await last.take('error')).error).toMatchObject({ code: 'OVERLOADED', details: { maxVisitors: 3 } });
  expect((await last.closed).code).toBe(4503);
  await running.connectAs(newId());
});

test('closes a visitor who asks too much', async () => {
  running = await startRealtime();
  const client = await visit();
  for (let i = 0; i < 40; i++) client.send({ type: 'subscribe', topics: PUBLIC });
  expect((await client.closed).code).toBe(4429);
  expect(client.frames.at(-1)).toMatchObject({ type: 'error', error: { code: 'RATE_LIMITED' } });
  const user = await running.connectAs(newId());
  for (let i = 0; i < 40; i++) await user.subscribe(PUBLIC);
});

test('closes a visitor who does not read, long before a user', async () => {
  running = await startRealtime();
  const client = await visit();
  await client.subscribe(PUBLIC);
  client.socket.pause();
  const long = 'x'.repeat(200_000);
  await waitFor(async () => {
    publishBatch({ postTx: long });
    return (await running.metric('deai_realtime_visitors')) === 1 && (await running.metric('deai_realtime_closed_total')) === 1;
  });
  expect(await running.metric('deai_realtime_frames_sent_total')).toBeLessThan(4_194_304 / long.length + 50);
});

test('encodes what is public once, however many visitors hear it', async () => {
  running = await startRealtime({ maxVisitorsPerNetwork: 100 });
  const visitors = await Promise.all(Array.from({ length: 50 }, visit));
  await Promise.all(visitors.map((client) => client.subscribe(PUBLIC)));
  let encoded = 0;
  const batch = {
    ...BATCH,
    toJSON() {
      encoded++;
      return BATCH;
    },
  };
  running.world.bus.publish('settlement.changed', { atMs: Date.now(), batch });
  await Promise.all(visitors.map((client) => client.take('settlement_batch')));
  expect(encoded).toBe(1);
});
