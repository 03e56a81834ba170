/**
 * Entry of an executor's child process: it loads one executor and runs what the agent sends.
 * It has no environment, and ends as soon as the agent's end of the channel closes.
 */
import { canonicalJson } from '@deai/protocol';
import { createExecutor } from '../executors/create-executor.ts';
import { type Executor, type ExecutorOutput, type ExecutorTask, TaskFailed } from '../executors/executor.types.ts';
import type { FromHost, Outcome, ToHost } from './host.messages.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

const state = { executor: undefined as Executor | undefined, maxOutputChars: 0 };
const running = new Map<string, AbortController>();

process.on('disconnect', () => process.exit(0));
// A terminal's Ctrl-C reaches the whole group: the agent decides when its children end, so that a drain can finish their work.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', (message: ToHost) => void handle(message));

function send(message: FromHost): void {
  if (process.connected) process.send?.(message);
}

async function handle(message: ToHost): Promise<void> {
  switch (message.type) {
    case 'load':
      return load(message);
    case 'run':
      return runTasks(message.tasks);
    case 'cancel':
      running.get(message.leaseId)?.abort(new TaskFailed('CANCELLED', 'The task was cancelled.', 'requester'));
      return;
    case 'benchmark':
      return benchmark();
  }
}

async function load(message: Extract<ToHost, { type: 'load' }>): Promise<void> {
  try {
    const executor = await createExecutor(message.spec);
    await executor.load();
    state.executor = executor;
    state.maxOutputChars = message.maxOutputChars;
    send({ type: 'loaded', models: executor.models });
  } catch (error) {
    send({ type: 'load_failed', message: textOf(error) });
  }
}

async function benchmark(): Promise<void> {
  try {
    send({ type: 'benchmark', unitsPerSecond: await loaded().benchmark() });
  } catch (error) {
    send({ type: 'benchmark_failed', message: textOf(error) });
  }
}

/** Several tasks are tried as one batch first; when that fails, each is run alone, so that one bad task fails only itself. */
async function runTasks(tasks: readonly ExecutorTask[]): Promise<void> {
  const executor = loaded();
  if (tasks.length > 1 && executor.runBatch) {
    const begin = performance.now();
    const outputs = await executor.runBatch(tasks, { signal: new AbortController().signal, onProgress: () => {} }).catch(() => undefined);
    if (outputs?.length === tasks.length) {
      const runMs = elapsed(begin);
      tasks.forEach((task, i) => {
        send({ type: 'outcome', leaseId: task.leaseId, outcome: success(outputs[i] as ExecutorOutput, runMs) });
      });
      return;
    }
  }
  await Promise.all(tasks.map((task) => runOne(executor, task)));
}

async function runOne(executor: Executor, task: ExecutorTask): Promise<void> {
  const begin = performance.now();
  const controller = new AbortController();
  running.set(task.leaseId, controller);
  const overtime = () => controller.abort(new TaskFailed('EXECUTION_TIMEOUT', `The task ran longer than ${task.timeoutMs} ms.`, 'node'));
  const timer = setTimeout(overtime, Math.min(task.timeoutMs, MAX_TIMER_MS));
  const onProgress = (progress: number) => send({ type: 'progress', leaseId: task.leaseId, progress });
  try {
    const output = await executor.run(task, { signal: controller.signal, onProgress });
    send({ type: 'outcome', leaseId: task.leaseId, outcome: success(output, elapsed(begin)) });
  } catch (error) {
    // An aborted library call throws its own error: the reason of the abort says why.
    const cause = controller.signal.aborted && !(error instanceof TaskFailed) ? controller.signal.reason : error;
    send({ type: 'outcome', leaseId: task.leaseId, outcome: failure(cause, elapsed(begin)) });
  } finally {
    clearTimeout(timer);
    running.delete(task.leaseId);
  }
}

function success({ output, units }: ExecutorOutput, runMs: number): Outcome {
  const text = canonicalJson(output);
  if (text.length <= state.maxOutputChars) return { output: text, units, runMs };
  return failure(
    new TaskFailed(
      'OUTPUT_TOO_LARGE',
      `The output has ${text.length} characters: ${state.maxOutputChars} are allowed.`,
      'requester',
      units,
    ),
    runMs,
  );
}

function failure(error: unknown, runMs: number): Outcome {
  if (error instanceof TaskFailed) {
    return { failure: { code: error.code, message: error.message.slice(0, 2_000), cause: error.fault }, units: error.units, runMs };
  }
  return { failure: { code: 'EXECUTION_FAILED', message: textOf(error), cause: 'node' }, units: 0, runMs };
}

function loaded(): Executor {
  if (!state.executor) throw new Error('no executor is loaded');
  return state.executor;
}

function elapsed(begin: number): number {
  return Math.round((performance.now() - begin) * 1000) / 1000;
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
}
