import { Worker } from 'node:worker_threads';
import { TaskFailed } from '../executors/executor.types.ts';
import type { WasmJob, WasmOutcome } from './wasm-messages.ts';

export interface WasmRunner {
  /**
   * Runs one job in a fresh worker, which is terminated when `signal` aborts.
   * @throws TaskFailed with the code of the abort's reason (`EXECUTION_TIMEOUT`, `CANCELLED`) and the seconds used,
   * `EXECUTION_OUT_OF_MEMORY` or `EXECUTION_FAILED`.
   */
  run(job: WasmJob, signal: AbortSignal): Promise<WasmOutcome>;
  close(): Promise<void>;
}

/** Keeps one worker warm: a worker serves one job only, and starting one takes tens of milliseconds. */
export function createWasmRunner(): WasmRunner {
  let warm: Promise<Worker> | undefined;

  return {
    async run(job, signal) {
      const starting = warm ?? startWorker();
      warm = undefined;
      const worker = await starting;
      try {
        return await runIn(worker, job, signal);
      } finally {
        void worker.terminate();
        warm = startWorker();
        warm.catch(() => {
          warm = undefined;
        });
      }
    },
    async close() {
      const worker = await warm?.catch(() => undefined);
      warm = undefined;
      await worker?.terminate();
    },
  };
}

function startWorker(): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./wasm-worker.ts', import.meta.url), {
      env: {},
      // Bounds what lives outside of linear memory: compiled code's metadata, garbage-collected objects, captured output.
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    worker.unref();
    worker.once('message', () => resolve(worker));
    worker.once('error', reject);
  });
}

function runIn(worker: Worker, job: WasmJob, signal: AbortSignal): Promise<WasmOutcome> {
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  return new Promise((resolve, reject) => {
    const onAbort = () => stop(abortFailure(signal.reason, seconds()));
    const stop = (failure: TaskFailed) => {
      signal.removeEventListener('abort', onAbort);
      reject(failure);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.once('message', (outcome: WasmOutcome) => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    });
    worker.removeAllListeners('error');
    worker.on('error', (error: NodeJS.ErrnoException) => stop(workerFailure(error, seconds())));
    worker.once('exit', () => stop(new TaskFailed('EXECUTION_FAILED', 'The sandbox ended without a result.', 'node')));
    if (signal.aborted) onAbort();
    else worker.postMessage(job);
  });
}

/** A program that runs too long is its owner's affair, whatever the machine. */
function abortFailure(reason: unknown, seconds: number): TaskFailed {
  if (!(reason instanceof TaskFailed)) return new TaskFailed('CANCELLED', 'The run was cancelled.', 'requester', seconds);
  return new TaskFailed(reason.code, reason.message, 'requester', seconds);
}

function workerFailure(error: NodeJS.ErrnoException, seconds: number): TaskFailed {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new TaskFailed('EXECUTION_OUT_OF_MEMORY', 'The program used more memory than the sandbox has.', 'requester', seconds);
  }
  return new TaskFailed('EXECUTION_FAILED', `The sandbox failed: ${error.message}`, 'node');
}
