import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, type WireTask } from '@deai/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AgentHandle, type AgentOptions, readAgentStatus, requestDrain, runAgent } from './index.ts';
import { listenLocal } from './local/listen.ts';
import { wireTask } from './testing/fixtures.ts';
import { type PlayedSession, type PlayServer, startPlayServer } from './testing/play-server.ts';
import { executorsOf } from './testing/processes.ts';
import { compileWat } from './testing/wat.ts';

let dir: string;
let server: PlayServer;
let agents: AgentHandle[];

/** Measured by the first test: the others need not wait for it. */
let benchmarks: string | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deai-agent-'));
  agents = [];
  if (benchmarks) await writeFile(join(dir, 'benchmarks.json'), benchmarks);
  server = await startPlayServer();
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await server.close();
  benchmarks ??= await readFile(join(dir, 'benchmarks.json'), 'utf8').catch(() => undefined);
  await rm(dir, { recursive: true, force: true });
  expect(server.problems).toEqual([]);
});

async function start(changes: Partial<AgentOptions> = {}): Promise<AgentHandle> {
  const agent = await runAgent({
    serverUrl: server.url,
    apiKey: 'operator-key',
    name: 'n1',
    region: 'eu',
    dataDir: dir,
    kinds: ['language-id', 'wasm'],
    concurrency: { wasm: 1 },
    logger: pino({ level: 'silent' }),
    ...changes,
  });
  agents.push(agent);
  return agent;
}

/** The session with this number, once it is there. */
const session = (number = 0) =>
  vi.waitFor(
    () => {
      const found = server.sessions[number];
      if (!found) throw new Error(`no session ${number}`);
      return found;
    },
    { timeout: 15_000 },
  );
const resultOf = (task: WireTask) =>
  vi.waitFor(
    () => {
      const found = server.results.find((result) => result.leaseId === task.leaseId);
      if (!found) throw new Error('no result yet');
      return found;
    },
    { timeout: 15_000 },
  );
const reports = ({ frames }: PlayedSession) => frames.filter((frame) => frame.type === 'report');
const startedIn = (played: PlayedSession, task: WireTask) =>
  vi.waitFor(() => expect(reports(played).some((frame) => frame.started?.some(({ leaseId }) => leaseId === task.leaseId))).toBe(true), {
    timeout: 15_000,
  });
const refusedIn = (played: PlayedSession) => reports(played).flatMap((frame) => frame.refused ?? []);

async function loopTask(timeoutMs = 60_000): Promise<WireTask> {
  const module = (await compileWat('(module (func (export "_start") (loop (br 0))))')).toString('base64');
  return wireTask({ kind: 'wasm', model: 'wasi-p1', input: { module }, timeoutMs });
}

test('registers, says hello with its offer, and returns signed results for assigned tasks', async () => {
  const agent = await start({ credits: 32, memoryMiB: 700 });
  const played = await session();
  expect(played.hello.offer).toMatchObject({ credits: 32, memoryMiB: 700, region: 'eu', agentVersion: '0.1.0' });
  expect(played.hello.offer.capabilities.map(({ kind, models }) => [kind, models])).toEqual([
    ['language-id', ['lid-176']],
    ['wasm', ['wasi-p1']],
  ]);
  expect(played.hello.offer.capabilities.every(({ unitsPerSecond }) => unitsPerSecond > 0)).toBe(true);
  expect(played.hello.nodeId).toBe(agent.status().nodeId);

  const tasks = Array.from({ length: 20 }, () => wireTask());
  played.assign(...tasks);
  const done = await Promise.all(tasks.map(resultOf));
  expect(done.every(({ output }) => JSON.parse(output ?? '').results[0][0].language === 'de')).toBe(true);
  await vi.waitFor(() => expect(agent.status()).toMatchObject({ state: 'online', completed: 20, running: 0, spooled: 0 }));
  const frames = played.frames.filter((frame) => frame.type === 'results').length;
  expect(frames).toBeLessThan(20);
});

test('sends heartbeats with measured numbers at the given pace', async () => {
  await start();
  const played = await session();
  const beats = await vi.waitFor(() => {
    const found = played.frames.filter((frame) => frame.type === 'heartbeat');
    if (found.length < 4) throw new Error('too few');
    return found;
  });
  expect(beats.at(-1)?.metrics).toMatchObject({ running: 0, spooled: 0 });
  expect(beats.at(-1)?.metrics.memoryTotalMiB).toBeGreaterThan(100);
  expect(beats.at(-1)?.metrics.uptimeS).toBeGreaterThan(0);
});

test('comes back as the same node after a lost connection, with what it holds, and delivers what is spooled', async () => {
  server.rules.ack = () => undefined;
  await start();
  const first = await session();
  const [quick, long] = [wireTask(), await loopTask()];
  first.assign(quick, long);
  await resultOf(quick);
  await startedIn(first, long);
  server.rules.ack = ({ leaseId }) => ({ leaseId, accepted: true });
  first.drop();
  const second = await session(1);
  expect(second.hello.nodeId).toBe(first.hello.nodeId);
  expect([...second.hello.holding].sort()).toEqual([quick.leaseId, long.leaseId].sort());
  await vi.waitFor(() => expect(server.results.filter(({ leaseId }) => leaseId === quick.leaseId)).toHaveLength(2));
  await startedIn(second, long);
});

test('delivers after a restart what an earlier run left on disk, under the same identity and without new benchmarks', async () => {
  server.rules.ack = () => undefined;
  const first = await start();
  const task = wireTask();
  (await session()).assign(task);
  await resultOf(task);
  await first.stop();
  server.rules.ack = ({ leaseId }) => ({ leaseId, accepted: true });
  const begun = performance.now();
  const second = await start();
  const startMs = performance.now() - begun;
  const played = await session(1);
  expect(played.hello.nodeId).toBe(first.status().nodeId);
  expect(played.hello.holding).toEqual([task.leaseId]);
  await vi.waitFor(() => expect(second.status().spooled).toBe(0));
  expect(server.results.map(({ leaseId }) => leaseId)).toEqual([task.leaseId, task.leaseId]);
  expect(server.registrations).toBe(1);
  expect(startMs).toBeLessThan(500);
});

test('stops a cancelled task, and gives its place to the next one', async () => {
  const agent = await start();
  const played = await session();
  const [long, next] = [await loopTask(), await loopTask(300)];
  played.assign(long, next);
  await startedIn(played, long);
  expect(agent.status()).toMatchObject({ running: 1, queued: 1 });
  played.send({ type: 'cancel', leases: [long.leaseId] });
  expect(await resultOf(next)).toMatchObject({ failure: { code: 'EXECUTION_TIMEOUT', cause: 'requester' } });
  expect(server.results.map(({ leaseId }) => leaseId)).toEqual([next.leaseId]);
});

test('stops the leases that the welcome drops', async () => {
  server.rules.dropOf = (holding) => [...holding];
  const agent = await start();
  const first = await session();
  first.assign(await loopTask(), await loopTask());
  await vi.waitFor(() => expect(agent.status()).toMatchObject({ running: 1, queued: 1 }));
  first.drop();
  const second = await session(1);
  expect(second.hello.holding).toHaveLength(2);
  await vi.waitFor(() => expect(agent.status()).toMatchObject({ running: 0, queued: 0 }));
});

test('stops work whose report the server refuses for good', async () => {
  const agent = await start();
  const played = await session();
  const task = await loopTask();
  played.assign(task);
  await startedIn(played, task);
  played.send({ type: 'ack', acks: [{ leaseId: task.leaseId, accepted: false, code: 'LEASE_LOST' }] });
  await vi.waitFor(() => expect(agent.status().running).toBe(0));
});

test('keeps a result that the server cannot take yet and forgets one that it refuses', async () => {
  server.rules.ack = ({ leaseId }) => ({ leaseId, accepted: false, code: 'UNAVAILABLE' });
  const agent = await start();
  const played = await session();
  const [later, never] = [wireTask(), wireTask()];
  played.assign(later);
  await resultOf(later);
  server.rules.ack = ({ leaseId }) => ({ leaseId, accepted: false, code: 'LEASE_LOST' });
  played.assign(never);
  await resultOf(never);
  await vi.waitFor(() => expect(agent.status()).toMatchObject({ spooled: 1, running: 0 }));
});

test('refuses what it does not offer and what is above its credits', async () => {
  await start({ credits: 2 });
  const played = await session();
  const [a, b, c] = [await loopTask(), await loopTask(), await loopTask()];
  const foreign = wireTask({ kind: 'chat', model: 'gpt' });
  played.assign(a, b, c, foreign);
  await vi.waitFor(() => expect(refusedIn(played).map(({ leaseId }) => leaseId)).toEqual([c.leaseId, foreign.leaseId]));
});

test('takes no more work while too much is undelivered', async () => {
  server.rules.ack = () => undefined;
  await start({ spoolBytes: 100 });
  const played = await session();
  const [first, second] = [wireTask(), wireTask()];
  played.assign(first);
  await resultOf(first);
  played.assign(second);
  await vi.waitFor(() => expect(refusedIn(played)).toEqual([{ leaseId: second.leaseId, reason: expect.stringContaining('undelivered') }]));
});

test('blames the requester for an input outside of the schema of its kind', async () => {
  await start();
  const played = await session();
  const bad = wireTask({ input: { texts: [], top: 'many' } });
  played.assign(bad);
  expect(await resultOf(bad)).toMatchObject({ units: 0, failure: { code: 'TASK_INPUT_REJECTED', cause: 'requester' } });
});

test('drains: refuses what waits, finishes what runs, delivers it, and ends', async () => {
  const agent = await start();
  const played = await session();
  const [running, queued] = [await loopTask(400), await loopTask()];
  played.assign(running, queued);
  await startedIn(played, running);
  expect(await requestDrain(dir)).toMatchObject({ state: 'draining' });
  const late = wireTask();
  played.assign(late);
  await agent.closed;
  expect(server.results.map(({ leaseId }) => leaseId)).toEqual([running.leaseId]);
  expect(played.frames).toContainEqual({ type: 'drain', on: true });
  expect(refusedIn(played).map(({ leaseId }) => leaseId)).toEqual([queued.leaseId, late.leaseId]);
  expect(await readAgentStatus(dir)).toMatchObject({ state: 'stopped', nodeId: played.hello.nodeId });
});

test('gives up a drain that takes too long and keeps the undelivered result', async () => {
  server.rules.ack = () => undefined;
  const agent = await start({ drainMs: 300 });
  const task = wireTask();
  (await session()).assign(task);
  await resultOf(task);
  await agent.drain();
  expect(await readFile(join(dir, 'results.log'), 'utf8')).toContain(task.leaseId);
});

test('ignores hostile frames and keeps working; leaves a server that sends nothing else', async () => {
  await start();
  const played = await session();
  for (const frame of [
    '',
    '{',
    'null',
    '[]',
    '{"type":"assign"}',
    '{"type":"welcome"}',
    '{"__proto__":{"type":"ack"}}',
    '['.repeat(50_000),
  ]) {
    played.send(frame);
  }
  played.send({ type: 'cancel', leases: [newId()] });
  played.send({ type: 'ack', acks: [{ leaseId: newId(), accepted: true }] });
  played.send({ type: 'error', error: { code: 'WHATEVER', message: 'x'.repeat(10_000) } });
  const task = wireTask();
  played.assign(task, task);
  await resultOf(task);
  for (let i = 0; i < 20; i++) played.send('nonsense');
  await session(1);
});

test('drops a connection that went silent and connects again', async () => {
  server.rules.heartbeatMs = 100;
  await start();
  await session();
  server.rules.alive = false;
  await vi.waitFor(() => expect(agents[0]?.status().state).toBe('connecting'), { timeout: 5_000 });
  server.rules.alive = true;
  await session(1);
}, 30_000);

test('registers again when the server does not know the node, and when it serves another network', async () => {
  const agent = await start();
  const first = await session();
  server.rules.forgotten.add(first.hello.nodeId);
  first.drop();
  const second = await session(1);
  expect(second.hello.nodeId).not.toBe(first.hello.nodeId);
  server.rules.networkId = 'another-net';
  second.drop();
  await session(2);
  expect(agent.status().networkId).toBe('another-net');
}, 30_000);

test('starts while the server is away and connects when it is there', async () => {
  const port = Number(new URL(server.url).port);
  await server.close();
  const agent = await start();
  expect(agent.status()).toMatchObject({ state: 'connecting', nodeId: null });
  server = await startPlayServer({}, port);
  await agent.ready;
  expect(agent.status()).toMatchObject({ state: 'online', nodeId: (await session()).hello.nodeId });
}, 30_000);

test('outlives an executor that is killed in the middle of a task, which fails as the node', async () => {
  const agent = await start({ kinds: ['wasm'] });
  const played = await session();
  const [victim, next] = [await loopTask(), await loopTask(200)];
  played.assign(victim, next);
  await startedIn(played, victim);
  const [child] = await vi.waitFor(async () => {
    const found = await executorsOf(process.pid);
    expect(found).toHaveLength(1);
    return found;
  });
  process.kill(child as number, 'SIGKILL');
  expect(await resultOf(victim)).toMatchObject({ failure: { code: 'EXECUTION_FAILED', cause: 'node' } });
  expect(await resultOf(next)).toMatchObject({ failure: { code: 'EXECUTION_TIMEOUT', cause: 'requester' } });
  await vi.waitFor(() => expect(agent.status()).toMatchObject({ state: 'online', failed: 2, running: 0 }));
}, 30_000);

test('offers an upstream that was away at the start once it is there', async () => {
  const upstream = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data: [{ object: 'embedding', index: 0, embedding: [1, 2] }], model: 'vec' }));
  });
  const { port, close } = await listenLocal(upstream, 0, '127.0.0.1');
  await close();
  await start({
    kinds: ['language-id', 'embeddings'],
    upstream: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'k', chatModels: [], embeddingModels: ['vec'] },
    laneRetryMs: 100,
  });
  const played = await session();
  const kinds = (offer: { capabilities: { kind: string; models: string[] }[] }) => offer.capabilities.map(({ models }) => models[0]);
  expect(kinds(played.hello.offer)).not.toContain('vec');
  const again = await listenLocal(upstream, port, '127.0.0.1');
  const offered = await vi.waitFor(
    () => {
      const frame = played.frames.find((item) => item.type === 'offer');
      if (!frame) throw new Error('no offer yet');
      return frame.offer;
    },
    { timeout: 15_000 },
  );
  expect(kinds(offered)).toContain('vec');
  await again.close();
}, 30_000);

test('does not start with an API key that the server refuses', async () => {
  await expect(start({ apiKey: 'wrong' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('does not start twice in one folder', async () => {
  await start();
  await expect(start()).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { hint: expect.stringContaining('Another agent') } });
});

test('keeps its key and control token to itself and answers only who has the token', async () => {
  const agent = await start({ metricsPort: 0 });
  for (const name of ['node-key.pem', 'agent.json', 'registration.json', 'results.log']) {
    expect([name, (await stat(join(dir, name))).mode & 0o777]).toEqual([name, 0o600]);
  }
  const control = JSON.parse(await readFile(join(dir, 'agent.json'), 'utf8')) as { port: number };
  expect((await fetch(`http://127.0.0.1:${control.port}/status`)).status).toBe(401);
  expect(await readAgentStatus(dir)).toEqual({ ...agent.status(), uptimeS: expect.any(Number), state: expect.any(String) });
  const metrics = await (await fetch(`http://127.0.0.1:${agent.status().metricsPort}/metrics`)).text();
  expect(metrics).toMatch(/^deai_node_tasks_completed 0$/m);
});

test("knows nothing of a folder that was never an agent's", async () => {
  expect(await readAgentStatus(join(dir, 'none'))).toBeUndefined();
  expect(await requestDrain(join(dir, 'none'))).toBeUndefined();
});
