import { newId, type RealtimeFrame, type Topic } from '@deai/protocol';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type Running, startRealtime } from './testing/running.ts';
import { aTask } from './testing/world.ts';

const TASKS: Topic[] = [{ topic: 'tasks' }];
let running: Running;
afterEach(() => running.close());

/** Numbers of the live updates: tests number their changes by `attempt`. */
function numbers(frames: RealtimeFrame[]): number[] {
  return frames.flatMap((frame) => (frame.type === 'task_update' && !frame.snapshot ? [frame.data.attempt] : []));
}

test('resumes without gap or duplicate wherever the connection breaks', async () => {
  running = await startRealtime();
  // Of each leg: changes published while connected, how many of them are read before the cut, changes published while away.
  const leg = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 40 }));
  await fc.assert(
    fc.asyncProperty(fc.array(leg, { minLength: 1, maxLength: 6 }), fc.boolean(), async (legs, inBatches) => {
      const user = newId();
      const seen: RealtimeFrame[] = [];
      let sent = 0;
      const publish = (count: number) => {
        const changes = Array.from({ length: count }, () => ({ requesterId: user, attempt: ++sent }));
        if (inBatches) running.world.change(...changes);
        else for (const change of changes) running.world.change(change);
      };
      const lastId = () => seen.flatMap((frame) => ('id' in frame ? [frame.id] : [])).at(-1);
      // The first `subscribed` is seen for sure, so that there is something to resume after.
      for (const [i, [online, share, away]] of legs.entries()) {
        const client = await running.connectAs(user);
        const from = seen.length;
        client.socket.on('message', () => seen.push(...client.frames.slice(1 + seen.length - from)));
        const subscribing = client.subscribe(TASKS, lastId());
        if (i === 0) await subscribing;
        else subscribing.catch(() => {});
        publish(online);
        const wanted = Math.ceil(online * share);
        await client.until(() => numbers(seen.slice(from)).length >= wanted);
        client.socket.removeAllListeners('message');
        client.socket.terminate();
        await client.closed;
        publish(away);
      }
      const last = await running.connectAs(user);
      const { complete } = await last.subscribe(TASKS, lastId());
      expect(complete).toBe(true);
      publish(1);
      const all = () => [...numbers(seen), ...numbers(last.frames)];
      await last.until(() => all().at(-1) === sent);
      last.socket.terminate();
      expect(all()).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
      const ids = [...seen, ...last.frames].flatMap((frame) => (frame.type === 'task_update' ? [frame.id] : []));
      expect(ids).toEqual([...new Set(ids)].sort());
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('replays far more than a socket may buffer, at the pace of the client', async () => {
  running = await startRealtime({ maxBufferedBytes: 1_048_576 });
  const user = newId();
  const first = await running.connectAs(user);
  await first.subscribe(TASKS);
  running.world.change({ requesterId: user, attempt: 0 });
  const { id } = await first.take('task_update');
  first.socket.terminate();
  const error = { code: 'INTERNAL', message: 'x'.repeat(1_000) };
  running.world.change(...Array.from({ length: 10_000 }, (_, i) => ({ requesterId: user, attempt: i + 1, error })));
  const second = await running.connectAs(user);
  second.send({ type: 'subscribe', topics: TASKS, after: id });
  second.socket.pause();
  await new Promise((resolve) => setImmediate(resolve));
  second.socket.resume();
  expect((await second.take('subscribed')).complete).toBe(true);
  expect(numbers(second.frames)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
}, 20_000);

test('where the ring no longer reaches, snapshots stand in and `complete` is false', async () => {
  running = await startRealtime({ ringChanges: 10 });
  const user = newId();
  const old = aTask({ requesterId: user });
  running.world.tasks.set(old.id, old);
  const first = await running.connectAs(user);
  await first.subscribe(TASKS);
  running.world.change({ taskId: old.id, requesterId: user });
  const { id } = await first.take('task_update');
  first.socket.terminate();
  running.world.tasks.set(old.id, { ...old, status: 'completed', progress: 1, attempt: 1 });
  const recent = newId();
  running.world.change({ taskId: old.id, requesterId: user, state: 'completed', progress: 1 });
  running.world.change(...Array.from({ length: 15 }, () => ({ requesterId: newId() })));
  running.world.change({ taskId: recent, requesterId: user, progress: 0.1 }, { taskId: recent, requesterId: user, progress: 0.2 });
  const second = await running.connectAs(user);
  const subscribed = await second.subscribe([...TASKS, { topic: 'task', id: old.id }], id);
  expect(subscribed.complete).toBe(false);
  const states = second.frames.flatMap((frame) => (frame.type === 'task_update' && frame.snapshot ? [frame.data] : []));
  expect(states).toHaveLength(2);
  expect(states).toContainEqual(expect.objectContaining({ task_id: old.id, status: 'completed' }));
  expect(states).toContainEqual(expect.objectContaining({ task_id: recent, status: 'in_progress', progress: 0.2 }));
});

test('an id of another instance is answered with snapshots', async () => {
  running = await startRealtime();
  const client = await running.connectAs(newId());
  expect((await client.subscribe(TASKS, '0mabc-otherinstance')).complete).toBe(false);
});

test('a snapshot older than a ring that has since turned over is read again', async () => {
  running = await startRealtime({ ringChanges: 10 });
  const user = newId();
  const task = aTask({ requesterId: user, status: 'assigned', attempt: 1 });
  running.world.tasks.set(task.id, task);
  const client = await running.connectAs(user);
  running.world.gate.after = async () => {
    running.world.gate.after = async () => {};
    running.world.tasks.set(task.id, { ...task, status: 'completed', progress: 1 });
    running.world.change({ taskId: task.id, requesterId: user, state: 'completed' });
    running.world.change(...Array.from({ length: 20 }, () => ({})));
  };
  await client.subscribe([{ topic: 'task', id: task.id }]);
  const updates = client.frames.filter((frame) => frame.type === 'task_update');
  expect(updates.map(({ data }) => data.status)).toEqual(['completed']);
});
