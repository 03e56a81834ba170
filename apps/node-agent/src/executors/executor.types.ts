import type { ErrorCode, FailureCause, TaskKind } from '@deai/protocol';
import type { Static } from 'typebox';

/** A task as an executor sees it: its input has passed the schema of its kind. */
export interface ExecutorTask {
  readonly leaseId: string;
  readonly model: string;
  readonly input: unknown;
  readonly timeoutMs: number;
}

/** What a run gives back: the output in the shape of the kind, and the units it used. */
export interface ExecutorOutput {
  readonly output: unknown;
  readonly units: number;
}

/** What a run may use of its surroundings. `signal` aborts on cancellation and when the task's time is over. */
export interface RunContext {
  readonly signal: AbortSignal;
  /** Tells how far the run is, from 0 to 1. */
  onProgress(fraction: number): void;
}

/**
 * One way of doing one kind of work. It lives in a child process, so it may block, crash or be killed at any time.
 * `run` throws {@link TaskFailed} to say whose fault a failure is; any other error counts as the node's.
 */
export interface Executor {
  readonly kind: TaskKind;
  readonly models: readonly string[];
  load(): Promise<void>;
  run(task: ExecutorTask, context: RunContext): Promise<ExecutorOutput>;
  /** Runs tasks of one model together where that is faster. One failure fails the call: the caller then runs each alone. */
  runBatch?(tasks: readonly ExecutorTask[], context: RunContext): Promise<ExecutorOutput[]>;
  /** Units per second over a short real run (about a second). */
  benchmark(): Promise<number>;
  unload(): Promise<void>;
}

/** A failure that names its code, its cause and the units used before it. */
export class TaskFailed extends Error {
  readonly code: ErrorCode;
  readonly fault: Static<typeof FailureCause>;
  readonly units: number;

  constructor(code: ErrorCode, message: string, fault: Static<typeof FailureCause>, units = 0) {
    super(message);
    this.name = 'TaskFailed';
    this.code = code;
    this.fault = fault;
    this.units = units;
  }
}

/** The requester's input cannot be worked with. */
export function inputRejected(message: string): TaskFailed {
  return new TaskFailed('TASK_INPUT_REJECTED', message, 'requester');
}
