import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLaneBench, type LaneBench, outputOf } from '../testing/lane-bench.ts';
import { compileWat } from '../testing/wat.ts';

type Output = { exitCode: number; stdout: string; stderr: string; trap?: string };
const EXAMPLES = new URL('../../../../examples/wasm/', import.meta.url);
const WRITE = '(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))';
let bench: LaneBench;
let runs = 0;

beforeAll(() => {
  bench = createLaneBench('wasm:wasi-p1', { processes: 1 });
});
afterAll(() => bench.close());

const text = (base64: string) => Buffer.from(base64, 'base64').toString();

async function runWat(wat: string, extra: object = {}, timeoutMs = 10_000) {
  const module = (await compileWat(`(module ${wat})`)).toString('base64');
  return bench.run(`run-${++runs}`, { module, ...extra }, timeoutMs);
}

const start = (body: string, memory = '(memory (export "memory") 1)') => `${memory} (func (export "_start") ${body})`;

describe('examples', () => {
  test('the committed modules are those of the sources', async () => {
    for (const name of ['primes', 'mandelbrot']) {
      const built = await compileWat(await readFile(new URL(`${name}.wat`, EXAMPLES), 'utf8'));
      expect(built.equals(await readFile(new URL(`${name}.wasm`, EXAMPLES)))).toBe(true);
    }
  });

  test.each([
    ['10', '4\n'],
    ['1000000', '78498\n'],
    ['0', '0\n'],
  ])('counts the primes below %s', async (n, expected) => {
    const module = await readFile(new URL('primes.wasm', EXAMPLES), 'base64');
    const outcome = await bench.run(`primes-${n}`, { module, stdin: Buffer.from(n).toString('base64') });
    const output = outputOf<Output>(outcome);
    expect(text(output.stdout)).toBe(expected);
    expect(output.exitCode).toBe(0);
    expect(outcome.units).toBeGreaterThan(0);
    expect(outcome.units).toBe(Math.round(outcome.units * 1000) / 1000);
  });

  test('the memory limit shows as a failed grow, which the program handles', async () => {
    const module = await readFile(new URL('primes.wasm', EXAMPLES), 'base64');
    const outcome = await bench.run('primes-small', { module, stdin: Buffer.from('9000000').toString('base64'), memoryMiB: 4 });
    expect(outputOf<Output>(outcome).exitCode).toBe(1);
  });

  test('prints the Mandelbrot set alike each time', async () => {
    const module = await readFile(new URL('mandelbrot.wasm', EXAMPLES), 'base64');
    const [first, second] = [await bench.run('m1', { module }), await bench.run('m2', { module })].map((o) => outputOf<Output>(o));
    expect(text(first?.stdout ?? '').split('\n')).toHaveLength(33);
    expect(first).toEqual(second);
  });
});

describe('what a program may do', () => {
  test('it gets its arguments, a clock at zero and random zeros', async () => {
    const outcome = await runWat(
      `(import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
       (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
       (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
       (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
       ${WRITE}
       ${start(`
         (i64.store (i32.const 512) (i64.const -1)) (i64.store (i32.const 520) (i64.const -1))
         (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 512)))
         (drop (call $random (i32.const 520) (i32.const 8)))
         (if (i64.ne (i64.or (i64.load (i32.const 512)) (i64.load (i32.const 520))) (i64.const 0)) (then unreachable))
         (drop (call $sizes (i32.const 0) (i32.const 4)))
         (drop (call $args (i32.const 64) (i32.const 128)))
         (i32.store (i32.const 16) (i32.const 128)) (i32.store (i32.const 20) (i32.load (i32.const 4)))
         (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))`)}`,
      { args: ['--depth', '3'] },
    );
    expect(text(outputOf<Output>(outcome).stdout)).toBe('program\0--depth\x003\0');
  });

  test('a trap is a result with its exit code and its words', async () => {
    expect(outputOf<Output>(await runWat(start('unreachable')))).toMatchObject({ exitCode: 134, trap: 'unreachable' });
    expect(outputOf<Output>(await runWat(`(func $f (call $f)) ${start('(call $f)')}`))).toMatchObject({ trap: 'stack overflow' });
  });

  test('a non-zero exit is a result', async () => {
    const exit = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))';
    const output = outputOf<Output>(await runWat(`${exit} ${start('(call $exit (i32.const 7))')}`));
    expect(output).toEqual({ exitCode: 7, stdout: '', stderr: '' });
  });

  test('files and sockets do not exist: other calls answer ENOSYS, wild pointers EFAULT', async () => {
    const outcome = await runWat(
      `(import "wasi_snapshot_preview1" "path_open"
         (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
       (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
       (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
       ${WRITE}
       ${start(`
         (if (i32.ne (i32.const 52) (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
           (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0))) (then unreachable))
         (if (i32.ne (i32.const 8) (call $prestat (i32.const 3) (i32.const 0))) (then unreachable))
         (call $exit (call $write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 0)))`)}`,
    );
    expect(outputOf<Output>(outcome)).toMatchObject({ exitCode: 21 });
  });
});

describe('what ends a program', () => {
  test('a loop is stopped at its time limit, and the next program runs', async () => {
    const outcome = await runWat(start('(loop (br 0))'), {}, 1_000);
    expect(outcome).toMatchObject({ failure: { code: 'EXECUTION_TIMEOUT', cause: 'requester' } });
    expect(outcome.units).toBeGreaterThan(0.1);
    expect(outcome.units).toBeLessThanOrEqual(2);
    expect(outputOf<Output>(await runWat(start(''))).exitCode).toBe(0);
  });

  test('a memory hog without a declared maximum cannot grow past its limit', async () => {
    const hog = start('(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable');
    const output = outputOf<Output>(await runWat(hog, { memoryMiB: 64 }));
    expect(output.trap).toBe('unreachable');
  });

  test('a flood of output is cut off', async () => {
    const flood = `${WRITE} ${start(`(i32.store (i32.const 4) (i32.const 60000))
      (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))`)}`;
    const outcome = await runWat(flood, { maxOutputBytes: 200_000 });
    expect(outcome).toMatchObject({ failure: { code: 'OUTPUT_TOO_LARGE', cause: 'requester' } });
  });

  test.each([
    ['an unknown module', '(import "env" "now" (func))', 'env.now'],
    ['an unknown function', '(import "wasi_snapshot_preview1" "fork" (func))', 'fork'],
    ['a memory', '(import "wasi_snapshot_preview1" "memory" (memory 1))', 'memory'],
  ])('a module that imports %s is rejected', async (_what, imported, named) => {
    const outcome = await runWat(`${imported} (func (export "_start"))`);
    expect(outcome).toMatchObject({
      failure: { code: 'TASK_INPUT_REJECTED', cause: 'requester', message: expect.stringContaining(named) },
    });
  });

  test('a module that needs more memory than allowed, or has no _start, or is none, is rejected', async () => {
    const rejected = { failure: { code: 'TASK_INPUT_REJECTED', cause: 'requester' } };
    expect(await runWat(start('', '(memory (export "memory") 512)'), { memoryMiB: 16 })).toMatchObject(rejected);
    expect(await runWat('(func (export "main"))')).toMatchObject(rejected);
    expect(await bench.run('none', { module: Buffer.from('no module at all').toString('base64') })).toMatchObject(rejected);
    expect(await bench.run('cut', { module: Buffer.from('0061736d0100000001', 'hex').toString('base64') })).toMatchObject(rejected);
  });
});
