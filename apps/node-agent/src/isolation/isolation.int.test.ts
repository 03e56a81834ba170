import { readFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createLaneBench, type LaneBench, outputOf } from '../testing/lane-bench.ts';
import { isAlive } from '../testing/processes.ts';
import { compileWat } from '../testing/wat.ts';

/** Of a slow machine that has other things to do. */
const PATIENCE = { timeout: 15_000 };

let bench: LaneBench;
afterEach(() => bench.close());

const LOOP = '(module (func (export "_start") (loop (br 0))))';
const loop = async () => ({ module: (await compileWat(LOOP)).toString('base64') });
const nothing = async () => ({ module: (await compileWat('(module (func (export "_start")))')).toString('base64') });

async function runningPid(): Promise<number> {
  return vi.waitFor(() => {
    const [pid] = bench.runner.pids;
    if (pid === undefined) throw new Error('no process yet');
    return pid;
  }, PATIENCE);
}

test('a child killed in the middle of a task fails that task as the node, and a new child serves the next', async () => {
  bench = createLaneBench('wasm:wasi-p1', { processes: 1 });
  const outcome = bench.run('victim', await loop());
  process.kill(await runningPid(), 'SIGKILL');
  expect(await outcome).toMatchObject({ failure: { code: 'EXECUTION_FAILED', cause: 'node' } });
  await bench.waitFree();
  expect(outputOf(await bench.run('next', await nothing()))).toMatchObject({ exitCode: 0 });
});

test('a child above its memory limit is killed and its task fails for want of memory', async () => {
  bench = createLaneBench('wasm:wasi-p1', { processes: 1, rssMiB: 200 });
  const hog = await compileWat(`(module (memory (export "memory") 1) (func (export "_start") (local i32)
    (drop (memory.grow (i32.const 4000)))
    (loop (i32.store (local.get 0) (i32.const 1)) (local.set 0 (i32.add (local.get 0) (i32.const 4096)))
      (br_if 0 (i32.lt_u (local.get 0) (i32.const 260000000))))
    (loop (br 0))))`);
  const outcome = await bench.run('hog', { module: hog.toString('base64'), memoryMiB: 256 });
  expect(outcome).toMatchObject({ failure: { code: 'EXECUTION_OUT_OF_MEMORY', cause: 'node' } });
});

test('cancelling a program stops it at once, in the same child', async () => {
  bench = createLaneBench('wasm:wasi-p1', { processes: 1 });
  await bench.run('warm-up', await nothing());
  const pid = await runningPid();
  void bench.run('endless', await loop());
  bench.runner.cancel('endless');
  await bench.waitFree();
  expect(bench.runner.pids).toEqual([pid]);
  expect(outputOf(await bench.run('next', await nothing()))).toMatchObject({ exitCode: 0 });
});

test('a child too busy to heed a cancellation is killed; the other task of its batch is given back', async () => {
  bench = createLaneBench('embeddings:use-lite');
  await bench.run('warm-up', { texts: ['hello'] });
  const pid = await runningPid();
  const long = { texts: Array.from({ length: 8 }, () => 'a long text of many words '.repeat(1_200)) };
  void bench.runTogether({ long, innocent: { texts: ['hello'] } });
  await new Promise(setImmediate);
  bench.runner.cancel('long');
  await vi.waitFor(() => expect(bench.returned).toEqual(['innocent']), { timeout: 20_000 });
  expect(isAlive(pid)).toBe(false);
}, 30_000);

test('a child too busy to heed its time limit is killed and the task fails as too slow', async () => {
  bench = createLaneBench('embeddings:use-lite');
  await bench.run('warm-up', { texts: ['hello'] });
  const pid = await runningPid();
  const texts = Array.from({ length: 8 }, () => 'a long text of many words '.repeat(1_200));
  expect(await bench.run('long', { texts }, 100)).toMatchObject({ failure: { code: 'EXECUTION_TIMEOUT', cause: 'node' } });
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
}, 30_000);

test('a task cancelled before its child is up is never run, and the child stays', async () => {
  bench = createLaneBench('wasm:wasi-p1', { processes: 1 });
  void bench.run('early', await loop());
  bench.runner.cancel('early');
  await bench.waitFree();
  const pid = await runningPid();
  expect(outputOf(await bench.run('next', await nothing()))).toMatchObject({ exitCode: 0 });
  expect(bench.runner.pids).toEqual([pid]);
});

test('an idle child is ended, and started again when there is work', async () => {
  bench = createLaneBench('wasm:wasi-p1', { processes: 1 }, { idleMs: 50 });
  await bench.run('first', await nothing());
  await vi.waitFor(() => expect(bench.runner.pids).toEqual([]), { timeout: 5_000 });
  expect(outputOf(await bench.run('second', await nothing()))).toMatchObject({ exitCode: 0 });
});

test('an output above the limit of the lane fails', async () => {
  bench = createLaneBench('language-id:lid-176', { maxOutputChars: 10 });
  expect(await bench.run('large', { texts: ['Guten Tag'] })).toMatchObject({ failure: { code: 'OUTPUT_TOO_LARGE' } });
});

test('a child sees neither the environment nor files outside of the packages', async () => {
  bench = createLaneBench('wasm:wasi-p1', { processes: 1 });
  await bench.run('warm-up', await nothing());
  const pid = await runningPid();
  const environment = (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0').filter(Boolean);
  const names = environment.map((entry) => entry.split('=')[0]);
  expect(names.filter((name) => !['LANG', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'].includes(name ?? ''))).toEqual([]);
  const command = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).split('\0');
  expect(command).toContain('--permission');
});

test('a child that cannot load its executor fails the task with the reason', async () => {
  bench = createLaneBench('chat:gguf', {}, { gguf: [{ path: '/nowhere/model.gguf', name: 'none', contextSize: 512 }] });
  const outcome = await bench.run('chat', { messages: [{ role: 'user', content: 'Hello' }] });
  expect(outcome).toMatchObject({
    failure: { code: 'EXECUTION_FAILED', cause: 'node', message: expect.stringContaining('npm install node-llama-cpp') },
  });
});
