import { connect } from 'node:net';
import { type ClientFrame, newId } from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type Running, startRealtime } from './testing/running.ts';
import { aPrincipal, aTask } from './testing/world.ts';

let running: Running;
afterEach(() => running.close());

test('authenticates by the header of the handshake or by the first frame', async () => {
  running = await startRealtime();
  const user = newId();
  const byHeader = await running.connect(await running.world.token(user));
  expect(await byHeader.take('ready')).toEqual({ type: 'ready', userId: user });
  const byFrame = await running.connect();
  byFrame.send({ type: 'auth', token: await running.world.token(user) });
  expect(await byFrame.take('ready')).toEqual({ type: 'ready', userId: user });
  byFrame.send({ type: 'ping' });
  await byFrame.take('pong');
  expect(await running.metric('deai_realtime_sockets')).toBe(2);
});

test('closes with 4401 on a wrong or expired token, and when another frame comes before authentication', async () => {
  running = await startRealtime();
  const wrong = await running.connect('not.a.token');
  expect((await wrong.take('error')).error.code).toBe('UNAUTHENTICATED');
  expect((await wrong.closed).code).toBe(4401);
  const expired = await running.connect();
  expired.send({ type: 'auth', token: await running.world.token(newId(), ['requester'], -10) });
  expect((await expired.take('error')).error.code).toBe('TOKEN_EXPIRED');
  expect((await expired.closed).code).toBe(4401);
  const early = await running.connect();
  early.send({ type: 'subscribe', topics: [{ topic: 'network' }] });
  expect((await early.closed).code).toBe(4401);
});

test('closes with 4408 when nobody authenticates in time', async () => {
  running = await startRealtime({ authTimeoutMs: 50 });
  const client = await running.connect();
  expect((await client.closed).code).toBe(4408);
});

test('closes with 4503 when the auth service is away, so that the client tries again', async () => {
  running = await startRealtime();
  const client = await running.connect('deai_key');
  expect((await client.closed).code).toBe(4401);
  await running.world.bus.close();
  const later = await running.connect('deai_other');
  expect((await later.closed).code).toBe(4503);
});

test('closes the sockets of an API key when it is revoked, and no others', async () => {
  running = await startRealtime();
  const [one, two] = [aPrincipal(newId()), aPrincipal(newId())];
  running.world.keys.set('deai_one', one).set('deai_two', two);
  const [first, second] = [await running.connect('deai_one'), await running.connect('deai_two')];
  await Promise.all([first.take('ready'), second.take('ready')]);
  running.world.bus.publish('auth.apiKeyRevoked', { keyId: one.credentialId });
  expect((await first.closed).code).toBe(4401);
  second.send({ type: 'ping' });
  await second.take('pong');
});

test('a key without the scope gets no topic of that kind', async () => {
  running = await startRealtime();
  running.world.keys.set('deai_key', { ...aPrincipal(newId()), scopes: ['account:read'] });
  const client = await running.connect('deai_key');
  expect((await client.subscribe([{ topic: 'tasks' }, { topic: 'nodes' }])).topics).toEqual([]);
  expect((await client.take('error')).error).toMatchObject({
    code: 'FORBIDDEN',
    details: { topics: [{ topic: 'tasks' }, { topic: 'nodes' }] },
  });
});

test('answers two bad frames and closes with 4422 on the third, whatever they are', async () => {
  running = await startRealtime();
  const user = newId();
  const bad = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constant('{"type":"subscribe","topics":[{"topic":"task","id":"x"}]}'),
    fc.constant('{"type":"ping","more":1}'),
    fc.uint8Array({ minLength: 1, maxLength: 50 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bad, { minLength: 3, maxLength: 3 }), async (frames) => {
      const client = await running.connectAs(user);
      for (const frame of frames) client.socket.send(frame);
      expect((await client.closed).code).toBe(4422);
      expect(client.frames.map(({ type }) => type)).toEqual(['ready', 'error', 'error', 'error']);
    }),
    { numRuns: 25 },
  );
}, 20_000);

test('refuses topics and sockets beyond the limits, and frees them again', async () => {
  running = await startRealtime({ maxTopics: 2, maxSocketsPerUser: 1 });
  const user = newId();
  const client = await running.connectAs(user);
  client.send({ type: 'subscribe', topics: [{ topic: 'tasks' }, { topic: 'nodes' }, { topic: 'network' }] } satisfies ClientFrame);
  expect((await client.take('error')).error).toMatchObject({ code: 'INVALID_INPUT', details: { maxTopics: 2 } });
  expect((await client.subscribe([{ topic: 'tasks' }, { topic: 'nodes' }, { topic: 'tasks' }])).topics).toHaveLength(2);
  const second = await running.connect(await running.world.token(user));
  expect((await second.take('error')).error.code).toBe('RATE_LIMITED');
  expect((await second.closed).code).toBe(4429);
  client.socket.close();
  await client.closed;
  await waitFor(async () => (await running.metric('deai_realtime_sockets')) === 0);
  await running.connectAs(user);
});

test('cuts a peer that answers no ping, keeps one that does', async () => {
  running = await startRealtime({ pingMs: 60, authTimeoutMs: 60_000 });
  const living = await running.connectAs(newId());
  const raw = await openRaw(running.port);
  raw.resume();
  await new Promise((resolve) => raw.once('close', resolve));
  living.send({ type: 'ping' });
  await living.take('pong');
});

test('stop closes every socket with 4503', async () => {
  running = await startRealtime();
  const client = await running.connectAs(newId());
  await running.service.stop();
  expect((await client.closed).code).toBe(4503);
  const late = await running.connect();
  expect((await late.closed).code).toBe(4503);
});

test('tells its health', async () => {
  running = await startRealtime();
  const health = await running.world.bus.request('service.health', { service: 'realtime' }, { to: 'realtime' });
  expect(health).toMatchObject({ service: 'realtime', status: 'ok' });
});

test('a client that stops reading is closed while memory stays bounded', async () => {
  const maxBufferedBytes = 2_000_000;
  running = await startRealtime({ maxBufferedBytes, ringChanges: 1_000 });
  const user = newId();
  const healthy = await running.connectAs(user);
  await healthy.subscribe([{ topic: 'network' }]);
  const raw = await openRaw(running.port, await running.world.token(user));
  raw.write(maskedText(JSON.stringify({ type: 'subscribe', topics: [{ topic: 'tasks' }] })));
  await waitFor(async () => (await running.metric('deai_realtime_topics')) === 2, { what: 'the subscription' });
  raw.pause();
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  // 200 MB for a peer that takes none of it, as one task manager would send them: a batch a turn.
  for (let batch = 0; batch < 1_000; batch++) {
    const message = `${batch}`.padEnd(2_000, 'x');
    running.world.change(...Array.from({ length: 100 }, () => ({ requesterId: user, error: { code: 'INTERNAL', message } })));
    await new Promise((resolve) => setImmediate(resolve));
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  expect(peak).toBeLessThan(10 * maxBufferedBytes);
  await waitFor(async () => (await running.metric('deai_realtime_sockets')) === 1, { what: 'the slow socket to be cut' });
  const closed = await running.metrics.registry.getSingleMetric('deai_realtime_closed_total')?.get();
  expect(closed?.values).toMatchObject([{ value: 1, labels: { code: '4429' } }]);
  expect(await running.metric('deai_realtime_frames_dropped_total')).toBeGreaterThan(0);
  raw.destroy();
  healthy.send({ type: 'ping' });
  await healthy.take('pong');
}, 30_000);

test('an abrupt end leaves no subscription behind', async () => {
  running = await startRealtime();
  const user = newId();
  const task = aTask({ requesterId: user });
  running.world.tasks.set(task.id, task);
  const client = await running.connectAs(user);
  await client.subscribe([{ topic: 'task', id: task.id }, { topic: 'tasks' }]);
  await waitFor(async () => (await running.metric('deai_realtime_topics')) === 2);
  client.socket.terminate();
  await waitFor(async () => (await running.metric('deai_realtime_topics')) === 0);
});

/** A WebSocket without a WebSocket library: it answers no ping and can stop reading. */
async function openRaw(port: number, token?: string) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${authorization}\r\n`,
  );
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  expect(answer.toString()).toMatch(/^HTTP\/1.1 101 /);
  return socket;
}

/** A client's text frame of less than 126 bytes, masked with zeros. */
function maskedText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | Buffer.byteLength(text), 0, 0, 0, 0]), Buffer.from(text)]);
}
