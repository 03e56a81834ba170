import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import type { Lane } from '../executors/executor.spec.ts';
import type { ExecutorTask } from '../executors/executor.types.ts';
import type { FromHost, Outcome, ToHost } from './host.messages.ts';
import { watchMemory } from './rss-watch.ts';
import { spawnHost } from './spawn-host.ts';

const LOAD_TIMEOUT_MS = 120_000;
const BENCHMARK_TIMEOUT_MS = 60_000;

/** Why a process is no more. `memory`: it was killed, or died, at its memory limit. */
export type ExitReason = 'stopped' | 'crashed' | 'memory';

export interface ProcessEvents {
  onOutcome(leaseId: string, outcome: Outcome): void;
  onProgress(leaseId: string, progress: number): void;
  /** Called once, after a process that had loaded is gone. */
  onExit(reason: ExitReason): void;
}

/** A running child with its executor loaded. */
export interface ExecutorProcess {
  readonly pid: number;
  run(tasks: ExecutorTask[]): void;
  cancel(leaseId: string): void;
  benchmark(): Promise<number>;
  /** Kills the child; `onExit` follows with `stopped`. */
  kill(): void;
}

/** Starts a child and loads its executor. Rejects when the child dies before, cannot load, or takes two minutes. */
export async function startProcess(lane: Lane, nodeRunner: string, events: ProcessEvents, logger: Logger): Promise<ExecutorProcess> {
  const child = spawnHost(lane, nodeRunner);
  const replies = createReplies();
  let reason: ExitReason = 'crashed';
  let stderr = '';
  let loaded = false;
  const gone = Promise.withResolvers<void>();
  const kill = (why: ExitReason) => {
    reason = why;
    child.kill('SIGKILL');
  };
  const stopWatch = watchMemory(child.pid ?? 0, lane.rssMiB, (resident) => {
    logger.warn({ lane: lane.id, residentMiB: Math.round(resident), limitMiB: lane.rssMiB }, 'executor killed at its memory limit');
    kill('memory');
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2_000);
  });
  child.on('message', (message: FromHost) => {
    if (message.type === 'outcome') events.onOutcome(message.leaseId, message.outcome);
    else if (message.type === 'progress') events.onProgress(message.leaseId, message.progress);
    else replies.settle(message);
  });
  // A failed send shows as an exit right after: nothing else is to be done about it.
  child.on('error', (error) => logger.debug({ lane: lane.id, err: error }, 'executor channel error'));
  child.once('close', (code, signal) => {
    stopWatch();
    if (reason === 'crashed' && /heap out of memory|ERR_WORKER_OUT_OF_MEMORY/i.test(stderr)) reason = 'memory';
    if (reason === 'crashed') logger.warn({ lane: lane.id, code, signal, stderr: stderr.slice(-500) }, 'executor crashed');
    replies.fail(new Error(`the executor's process ended (${reason})`));
    gone.resolve();
    if (loaded) events.onExit(reason);
  });

  const send = (message: ToHost) => child.connected && child.send(message);
  send({ type: 'load', spec: lane.spec, maxOutputChars: lane.maxOutputChars });
  const problem = await replies.next(LOAD_TIMEOUT_MS).then(
    (answer) => (answer.type === 'load_failed' ? new Error(answer.message) : undefined),
    (error: Error) => error,
  );
  if (problem) {
    kill('stopped');
    await gone.promise;
    throw problem;
  }
  loaded = true;
  return {
    pid: pidOf(child),
    run: (tasks) => send({ type: 'run', tasks }),
    cancel: (leaseId) => send({ type: 'cancel', leaseId }),
    async benchmark() {
      send({ type: 'benchmark' });
      const reply = await replies.next(BENCHMARK_TIMEOUT_MS);
      if (reply.type === 'benchmark') return reply.unitsPerSecond;
      throw new Error(reply.type === 'benchmark_failed' ? reply.message : 'the benchmark did not answer');
    },
    kill: () => kill('stopped'),
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the executor's process did not start");
  return child.pid;
}

/** Waits for the one answer that a load or a benchmark gives. */
function createReplies() {
  let pending: { resolve(message: FromHost): void; reject(error: Error): void } | undefined;
  let failed: Error | undefined;
  return {
    next(timeoutMs: number): Promise<FromHost> {
      if (failed) return Promise.reject(failed);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('the executor did not answer in time')), timeoutMs);
        const settle =
          <T>(then: (value: T) => void) =>
          (value: T) => {
            clearTimeout(timer);
            pending = undefined;
            then(value);
          };
        pending = { resolve: settle(resolve), reject: settle(reject) };
      });
    },
    settle: (message: FromHost) => pending?.resolve(message),
    fail(error: Error) {
      failed = error;
      pending?.reject(error);
    },
  };
}
