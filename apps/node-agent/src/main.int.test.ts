import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readAgentStatus } from './index.ts';
import { wireTask } from './testing/fixtures.ts';
import { type PlayServer, startPlayServer } from './testing/play-server.ts';
import { executorsOf, isAlive } from './testing/processes.ts';
import { compileWat } from './testing/wat.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const WAIT = { timeout: 20_000 };
let dir: string;
let server: PlayServer;
let agent: ChildProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deai-main-'));
  server = await startPlayServer();
});
afterEach(async () => {
  if (agent?.exitCode === null && agent.signalCode === null) {
    const closed = once(agent, 'close');
    agent.kill('SIGKILL');
    await closed;
  }
  await server.close();
  await rm(dir, { recursive: true, force: true });
  expect(server.problems).toEqual([]);
});

async function start(): Promise<ChildProcess> {
  const sessions = server.sessions.length;
  agent = spawn(process.execPath, [MAIN], {
    env: {
      DEAI_SERVER_URL: server.url,
      DEAI_API_KEY: 'operator-key',
      DEAI_NODE_DATA_DIR: dir,
      DEAI_NODE_KINDS: 'wasm',
      DEAI_NODE_CONCURRENCY: 'wasm=1',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await vi.waitFor(() => expect(server.sessions).toHaveLength(sessions + 1), WAIT);
  return agent;
}

async function assignLoop(timeoutMs: number) {
  const module = (await compileWat('(module (func (export "_start") (loop (br 0))))')).toString('base64');
  const task = wireTask({ kind: 'wasm', model: 'wasi-p1', input: { module }, timeoutMs });
  server.sessions.at(-1)?.assign(task);
  await vi.waitFor(() => expect(JSON.stringify(server.sessions.at(-1)?.frames)).toContain(`"startedAtMs"`), WAIT);
  return task;
}

test('the first signal drains: the running task is delivered and the exit code is 0', async () => {
  const child = await start();
  const task = await assignLoop(700);
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
  expect(server.results.map(({ leaseId }) => leaseId)).toEqual([task.leaseId]);
  expect(await readAgentStatus(dir)).toMatchObject({ state: 'stopped' });
}, 60_000);

test('the second signal ends it at once', async () => {
  const child = await start();
  await assignLoop(60_000);
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await vi.waitFor(async () => expect(await readAgentStatus(dir)).toMatchObject({ state: 'draining' }));
  child.kill('SIGINT');
  expect(await closed).toEqual([1, null]);
  expect(server.results).toEqual([]);
}, 60_000);

test('when it is killed its executors die with it, and the next run delivers what was spooled', async () => {
  server.rules.ack = () => undefined;
  const child = await start();
  const task = await assignLoop(200);
  await vi.waitFor(() => expect(server.results).toHaveLength(1), WAIT);
  const executors = await executorsOf(child.pid as number);
  expect(executors).toHaveLength(1);
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
  await vi.waitFor(() => expect(executors.filter(isAlive)).toEqual([]), WAIT);
  expect(await readAgentStatus(dir)).toMatchObject({ state: 'stopped' });
  server.rules.ack = ({ leaseId }) => ({ leaseId, accepted: true });
  await start();
  await vi.waitFor(() => expect(server.results.map(({ leaseId }) => leaseId)).toEqual([task.leaseId, task.leaseId]), WAIT);
  await vi.waitFor(async () => expect(await readAgentStatus(dir)).toMatchObject({ state: 'online', spooled: 0 }), WAIT);
}, 60_000);
