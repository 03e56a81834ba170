import { newId } from '@deai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClient } from './testing/client.ts';
import { type Running, startRealtime } from './testing/running.ts';

const CHANGES = 1_000;

let running: Running;
beforeAll(async () => {
  running = await startRealtime();
});
afterAll(() => running.close());

async function listen(query: string) {
  const user = newId();
  const client = await openClient(`ws://127.0.0.1:${running.port}/ws${query}`, await running.world.token(user, ['requester']));
  const messages: unknown[] = [];
  client.socket.on('message', (data) => messages.push(JSON.parse(data.toString())));
  await client.take('ready');
  await client.subscribe([{ topic: 'tasks' }]);
  const ids = Array.from({ length: CHANGES }, newId);
  for (const taskId of ids) running.world.change({ taskId, requesterId: user });
  const heard = () => client.frames.flatMap((frame) => (frame.type === 'task_update' ? [frame.data.task_id] : []));
  await client.until(() => heard().length === CHANGES);
  expect(heard()).toEqual(ids);
  return { messages };
}

test('who asks for batches gets every frame, in order, in few messages', async () => {
  const { messages } = await listen('?batch=1');
  expect(messages.length).toBeLessThan(CHANGES / 10);
  for (const batch of messages.filter(Array.isArray)) expect(JSON.stringify(batch).length).toBeLessThan(66_000);
});

test('who does not gets each frame by itself', async () => {
  const { messages } = await listen('');
  expect(messages.filter(Array.isArray)).toEqual([]);
});
