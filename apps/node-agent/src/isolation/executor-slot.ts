import type { Logger } from 'pino';
import type { Lane } from '../executors/executor.spec.ts';
import type { ExecutorTask } from '../executors/executor.types.ts';
import { type ExecutorProcess, type ExitReason, startProcess } from './executor-process.ts';
import type { Failure, Outcome } from './host.messages.ts';
import { createInFlight } from './in-flight.ts';
import { createRestart } from './restart.ts';

/** How long a child may take to heed a cancellation or its own time limit before it is killed. */
const GRACE_MS = 500;
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface SlotEvents {
  onOutcome(leaseId: string, outcome: Outcome): void;
  onProgress(leaseId: string, progress: number): void;
  /** The process was killed because of another task: these did nothing wrong and want to run again. */
  onReturned(leaseIds: string[]): void;
  /** The slot may have capacity again. */
  onFree(): void;
}

export interface SlotOptions {
  lane: Lane;
  nodeRunner: string;
  /** An idle process is ended after this time, to give its memory back. */
  idleMs: number;
  logger: Logger;
}

/** One place for a child process: it starts it when there is work, and again with backoff after a crash. */
export interface ExecutorSlot {
  readonly capacity: number;
  /** Process id of the child, while there is one. */
  readonly pid: number | undefined;
  run(tasks: ExecutorTask[]): void;
  /** Forgets a task and stops its work; no outcome follows. */
  cancel(leaseId: string): void;
  benchmark(): Promise<number>;
  close(): void;
}

/** Creates a slot without starting its process. */
export function createExecutorSlot({ lane, nodeRunner, idleMs, logger }: SlotOptions, events: SlotEvents): ExecutorSlot {
  const inFlight = createInFlight(events.onOutcome);
  let process: ExecutorProcess | undefined;
  let starting: Promise<ExecutorProcess> | undefined;
  const restart = createRestart(events.onFree);
  let idle: NodeJS.Timeout | undefined;
  let closed = false;
  /** Killed, but not gone yet: it must get no more work. */
  let dying = false;

  function kill(): void {
    dying = process !== undefined;
    process?.kill();
  }

  function rest(): void {
    clearTimeout(idle);
    if (inFlight.size === 0 && process) {
      idle = setTimeout(kill, idleMs);
      idle.unref();
    }
    events.onFree();
  }

  function onExit(reason: ExitReason): void {
    process = undefined;
    starting = undefined;
    dying = false;
    clearTimeout(idle);
    const returned: string[] = [];
    for (const [leaseId, entry] of inFlight.all()) {
      if (reason !== 'stopped' || entry.cancelled) inFlight.fail(leaseId, exitFailure(reason));
      else {
        inFlight.remove(leaseId);
        returned.push(leaseId);
      }
    }
    if (reason !== 'stopped' && !closed) restart.backOff();
    if (returned.length > 0) events.onReturned(returned);
    events.onFree();
  }

  const processEvents = {
    onOutcome(leaseId: string, outcome: Outcome) {
      if ('output' in outcome) restart.reset();
      inFlight.settle(leaseId, outcome);
      rest();
    },
    onProgress: (leaseId: string, progress: number) => {
      if (inFlight.get(leaseId)?.cancelled === false) events.onProgress(leaseId, progress);
    },
    onExit,
  };

  function ensure(): Promise<ExecutorProcess> {
    if (process) return Promise.resolve(process);
    starting ??= startProcess(lane, nodeRunner, processEvents, logger).then((started) => {
      process = started;
      if (closed) started.kill();
      return started;
    });
    return starting;
  }

  /** The child enforces the time limit itself; this catches one that cannot, because it is blocked. */
  function overtime(task: ExecutorTask): void {
    const cause = lane.kind === 'wasm' ? 'requester' : 'node';
    const units = lane.kind === 'wasm' ? task.timeoutMs / 1000 : 0;
    inFlight.fail(task.leaseId, { code: 'EXECUTION_TIMEOUT', message: `The task ran longer than ${task.timeoutMs} ms.`, cause }, units);
    kill();
  }

  function begin(started: ExecutorProcess, tasks: ExecutorTask[]): void {
    // Cancelled before the process was there: it never hears of them.
    for (const { leaseId } of tasks) if (inFlight.get(leaseId)?.cancelled) inFlight.remove(leaseId);
    const live = tasks.filter(({ leaseId }) => inFlight.get(leaseId));
    for (const task of live) {
      const entry = inFlight.get(task.leaseId);
      if (!entry) continue;
      entry.begunAt = performance.now();
      entry.timer = setTimeout(() => overtime(task), Math.min(task.timeoutMs + GRACE_MS, MAX_TIMER_MS));
    }
    if (live.length > 0) started.run(live);
    else rest();
  }

  return {
    get capacity() {
      return restart.waiting || closed || dying ? 0 : Math.max(0, (lane.maxBatch > 1 ? 1 : lane.tasksPerProcess) - inFlight.size);
    },
    get pid() {
      return process?.pid;
    },
    run(tasks) {
      clearTimeout(idle);
      inFlight.add(tasks);
      ensure().then(
        (started) => begin(started, tasks),
        (error: Error) => {
          starting = undefined;
          logger.error({ lane: lane.id, err: error }, 'executor did not start');
          if (!closed) restart.backOff();
          const message = `The executor did not start: ${error.message}`.slice(0, 2_000);
          for (const task of tasks) inFlight.fail(task.leaseId, { code: 'EXECUTION_FAILED', message, cause: 'node' });
          events.onFree();
        },
      );
    },
    cancel(leaseId) {
      const entry = inFlight.get(leaseId);
      if (!entry || entry.cancelled) return;
      entry.cancelled = true;
      clearTimeout(entry.timer);
      process?.cancel(leaseId);
      entry.timer = setTimeout(kill, GRACE_MS);
    },
    async benchmark() {
      try {
        return await (await ensure()).benchmark();
      } catch (error) {
        starting = undefined;
        throw error;
      } finally {
        rest();
      }
    },
    close() {
      closed = true;
      clearTimeout(idle);
      restart.cancel();
      kill();
    },
  };
}

function exitFailure(reason: ExitReason): Failure {
  if (reason === 'memory') {
    return { code: 'EXECUTION_OUT_OF_MEMORY', message: "The executor's process ran into its memory limit.", cause: 'node' };
  }
  return { code: 'EXECUTION_FAILED', message: "The executor's process ended.", cause: 'node' };
}
