import { kindSpec, type TaskInput } from '@deai/protocol';
import { limitModule } from '../sandbox/module-limits.ts';
import type { WasmOutcome } from '../sandbox/wasm-messages.ts';
import { createWasmRunner } from '../sandbox/wasm-runner.ts';
import { type Executor, type ExecutorTask, inputRejected, type RunContext, TaskFailed } from './executor.types.ts';
import { measureRate } from './measure.ts';

const DEFAULT_OUTPUT_BYTES = 1_000_000;
/** `(func (export "_start"))` that counts to 400 million. */
const COUNTING_MODULE = 'AGFzbQEAAAABBAFgAAADAgEABwoBBl9zdGFydAAAChkBFwEBfwNAIABBAWoiAEGAiN6+AUkNAAsL';

/** Sandboxed WASI preview 1 programs. Seconds run, to the millisecond, are the units; a trap is a result. */
export function createWasmExecutor(limits: { memoryMiB: number }): Executor {
  const runner = createWasmRunner();

  async function run(task: ExecutorTask, context: RunContext) {
    const input = task.input as TaskInput<'wasm'>;
    const memoryMiB = input.memoryMiB ?? kindSpec('wasm').memoryMiB;
    if (memoryMiB > limits.memoryMiB)
      throw new TaskFailed('EXECUTION_FAILED', `This node gives a program ${limits.memoryMiB} MiB.`, 'node');
    const job = {
      module: limitModule(Buffer.from(input.module, 'base64'), memoryMiB),
      stdin: Buffer.from(input.stdin ?? '', 'base64'),
      args: ['program', ...(input.args ?? [])],
      maxOutputBytes: input.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
    };
    const bound = (seconds: number) => Math.min(roundSeconds(seconds), kindSpec('wasm').maxUnits(input, task.timeoutMs));
    try {
      return toOutput(await runner.run(job, context.signal), bound);
    } catch (error) {
      if (error instanceof TaskFailed) throw new TaskFailed(error.code, error.message, error.fault, bound(error.units));
      throw error;
    }
  }

  return {
    kind: 'wasm',
    models: ['wasi-p1'],
    load: async () => {},
    run,
    /** Seconds of program time per second of wall time, start-up included. */
    benchmark: () =>
      measureRate(async () => {
        const task = { leaseId: 'benchmark', model: 'wasi-p1', input: { module: COUNTING_MODULE }, timeoutMs: 10_000 };
        return (await run(task, { signal: new AbortController().signal, onProgress: () => {} })).units;
      }),
    unload: () => runner.close(),
  };
}

function toOutput(outcome: WasmOutcome, bound: (seconds: number) => number) {
  switch (outcome.type) {
    case 'rejected':
      throw inputRejected(outcome.message);
    case 'overflow':
      throw new TaskFailed('OUTPUT_TOO_LARGE', 'The program wrote more than maxOutputBytes.', 'requester', outcome.seconds);
    case 'ended': {
      const { exitCode, trap } = outcome;
      const output = { exitCode, stdout: base64(outcome.stdout), stderr: base64(outcome.stderr), ...(trap === undefined ? {} : { trap }) };
      return { output, units: bound(outcome.seconds) };
    }
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function roundSeconds(seconds: number): number {
  return Math.ceil(seconds * 1000) / 1000;
}
