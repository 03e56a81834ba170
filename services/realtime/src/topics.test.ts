import { newId, type Topic } from '@deai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, startRealtime } from './testing/running.ts';
import { aNode, aTask, QUEUES, STATS } from './testing/world.ts';

let running: Running;
beforeAll(async () => {
  running = await startRealtime();
});
afterAll(() => running.close());

test('a task topic begins with a snapshot and goes on with every change of that task alone', async () => {
  const user = newId();
  const task = aTask({ requesterId: user, status: 'assigned', attempt: 1 });
  running.world.tasks.set(task.id, task);
  const client = await running.connectAs(user);
  const subscribed = await client.subscribe([{ topic: 'task', id: task.id }]);
  expect(subscribed).toEqual({ type: 'subscribed', id: expect.any(String), topics: [{ topic: 'task', id: task.id }], complete: true });
  const estimatedCompletionMs = Date.now() + 1_000;
  running.world.change({ requesterId: user }, { taskId: task.id, requesterId: user, progress: 0.5, estimatedCompletionMs });
  running.world.change({ taskId: task.id, requesterId: user, state: 'failed', error: { code: 'NODE_LOST', message: 'gone' } });
  const [snapshot, progress, failed] = [
    await client.take('task_update'),
    await client.take('task_update'),
    await client.take('task_update'),
  ];
  expect(snapshot).toMatchObject({ snapshot: true, data: { task_id: task.id, status: 'assigned', progress: 0, node_id: null } });
  expect(snapshot.data).not.toHaveProperty('error');
  expect(progress).not.toHaveProperty('snapshot');
  expect(progress.data).toMatchObject({ progress: 0.5, estimated_completion: new Date(estimatedCompletionMs).toISOString() });
  expect(failed.data).toMatchObject({ status: 'failed', error: { code: 'NODE_LOST', message: 'gone' } });
  expect(progress.id < failed.id && snapshot.id < progress.id).toBe(true);
});

test('a task of somebody else is refused by name, the other topics of the frame are taken', async () => {
  const task = aTask();
  running.world.tasks.set(task.id, task);
  const client = await running.connectAs(newId());
  const subscribed = await client.subscribe([{ topic: 'task', id: task.id }, { topic: 'network' }]);
  expect(subscribed.topics).toEqual([{ topic: 'network' }]);
  const { error } = await client.take('error');
  expect(error).toMatchObject({ code: 'TASK_NOT_FOUND', details: { topics: [{ topic: 'task', id: task.id }] } });
  running.world.change({ taskId: task.id, requesterId: task.requesterId });
  running.world.bus.publish('network.stats', { atMs: Date.now(), stats: STATS, queues: QUEUES });
  await client.take('network_stats');
  expect(client.frames.filter(({ type }) => type === 'task_update')).toEqual([]);
});

test('all tasks of the caller and no others arrive, once each also where a task is subscribed to by itself', async () => {
  const user = newId();
  const task = aTask({ requesterId: user });
  running.world.tasks.set(task.id, task);
  const client = await running.connectAs(user);
  await client.subscribe([{ topic: 'tasks' }, { topic: 'task', id: task.id }]);
  const [second, last] = [newId(), newId()];
  running.world.change({ taskId: task.id, requesterId: user }, { requesterId: newId() }, { taskId: second, requesterId: user });
  running.world.change({ taskId: last, requesterId: user });
  await client.until(() => client.frames.some((frame) => frame.type === 'task_update' && frame.data.task_id === last));
  const live = client.frames.flatMap((frame) => (frame.type === 'task_update' && !frame.snapshot ? [frame.data.task_id] : []));
  expect(live).toEqual([task.id, second, last]);
});

test('a node topic is for its operator and for admins', async () => {
  const [operator, metrics] = [newId(), null];
  const node = aNode({ operatorId: operator, status: 'maintenance' });
  running.world.nodes.set(node.id, node);
  const topic: Topic = { topic: 'node', id: node.id };
  const [owner, admin, other] = [
    await running.connectAs(operator, 'operator'),
    await running.connectAs(newId(), 'admin'),
    await running.connectAs(newId(), 'operator'),
  ];
  expect((await other.subscribe([topic])).topics).toEqual([]);
  expect((await other.take('error')).error).toMatchObject({ code: 'FORBIDDEN', details: { topics: [topic] } });
  for (const client of [owner, admin]) await client.subscribe([topic]);
  running.world.bus.publish('nodes.changed', {
    atMs: Date.now(),
    change: { nodeId: node.id, operatorId: operator, status: 'offline', metrics },
  });
  for (const client of [owner, admin]) {
    const data = { node_id: node.id, performance_metrics: null };
    expect(await client.take('node_status')).toMatchObject({ snapshot: true, data: { ...data, status: 'maintenance' } });
    expect((await client.take('node_status')).data).toEqual({ ...data, status: 'offline' });
  }
});

test('nodes are the own ones for an operator and all for an admin', async () => {
  const operator = newId();
  const [owner, admin] = [await running.connectAs(operator, 'operator'), await running.connectAs(newId(), 'admin')];
  for (const client of [owner, admin]) await client.subscribe([{ topic: 'nodes' }]);
  const [foreign, own] = [newId(), newId()];
  const change = { status: 'online', metrics: null } as const;
  running.world.bus.publish('nodes.changed', { atMs: Date.now(), change: { ...change, nodeId: foreign, operatorId: newId() } });
  running.world.bus.publish('nodes.changed', { atMs: Date.now(), change: { ...change, nodeId: own, operatorId: operator } });
  expect((await owner.take('node_status')).data.node_id).toBe(own);
  expect((await admin.take('node_status')).data.node_id).toBe(foreign);
  expect((await admin.take('node_status')).data.node_id).toBe(own);
});

test('network statistics come in the documented fields', async () => {
  const client = await running.connectAs(newId());
  await client.subscribe([{ topic: 'network' }]);
  running.world.bus.publish('network.stats', { atMs: 1_700_000_000_000, stats: STATS, queues: QUEUES });
  const frame = await client.take('network_stats');
  expect(frame.at).toBe('2023-11-14T22:13:20.000Z');
  expect(frame.data).toEqual({
    active_nodes: 3,
    pending_tasks: 5,
    running_tasks: 6,
    throughput: 9.5,
    registered_nodes: 4,
    completed_tasks: 7,
    failed_tasks: 8,
    queue_ms_p50: 10,
    queue_ms_p95: 11,
    queues: QUEUES,
  });
});

test('after unsubscribing nothing more comes of that topic', async () => {
  const user = newId();
  const client = await running.connectAs(user);
  await client.subscribe([{ topic: 'tasks' }, { topic: 'network' }]);
  client.send({ type: 'unsubscribe', topics: [{ topic: 'tasks' }] });
  expect((await client.take('unsubscribed')).topics).toEqual([{ topic: 'tasks' }]);
  running.world.change({ requesterId: user });
  running.world.bus.publish('network.stats', { atMs: Date.now(), stats: STATS, queues: QUEUES });
  await client.take('network_stats');
  expect(client.frames.some(({ type }) => type === 'task_update')).toBe(false);
});

test('what happens between the question for a snapshot and its answer is neither lost nor shown in reverse', async () => {
  const user = newId();
  const task = aTask({ requesterId: user, status: 'assigned', attempt: 1 });
  running.world.tasks.set(task.id, task);
  const client = await running.connectAs(user);
  const change = { taskId: task.id, requesterId: user, attempt: 1 };
  running.world.gate.after = async () => {
    running.world.gate.after = async () => {};
    running.world.change({ ...change, progress: 0.3 }, { ...change, progress: 0.6 });
  };
  await client.subscribe([{ topic: 'task', id: task.id }]);
  expect((await client.take('task_update')).data).toMatchObject({ status: 'in_progress', progress: 0.6 });
  running.world.change({ ...change, state: 'assigned' }, { ...change, progress: 0.5 }, { ...change, progress: 0.9 });
  expect((await client.take('task_update')).data).toMatchObject({ status: 'in_progress', progress: 0.9 });
});
