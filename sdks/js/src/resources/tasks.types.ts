import type { Task, TaskInput, TaskKind, TaskOutput, TaskRequest } from '@deai/protocol';
import type { CallOptions } from '../options.ts';

/** A task without what the call names first; `timeoutMs` in here limits one attempt. */
export type TaskSettings = Omit<TaskRequest, 'kind' | 'input'>;

export interface SubmitOptions extends CallOptions {
  /** A repeat with the same key and request gives the same task. Made when left out, so that the client's own retries are safe. */
  idempotencyKey?: string | undefined;
}

/** How to wait for the end of a task. */
export interface WaitOptions {
  /** Limit of the wait in ms; none by default. The task goes on when it is reached. */
  timeoutMs?: number | undefined;
  /** Ends the wait, not the task. */
  signal?: AbortSignal | undefined;
  /** Called with each new state or progress; makes the client ask every second. */
  onUpdate?: ((task: Task) => void) | undefined;
}

/** `timeoutMs` limits the wait. */
export interface RunOptions extends WaitOptions {
  idempotencyKey?: string | undefined;
  /** Model, priority, price limit and the rest of the request. */
  task?: TaskSettings | undefined;
}

/** A completed task with its output. */
export type CompletedTask<Output = unknown> = Task & { status: 'completed'; output: Output };
/** A completed task of a known kind. */
export type ResultOf<K extends TaskKind> = CompletedTask<TaskOutput<K>>;

/** Submits and waits. */
export interface Run {
  /** @throws TaskFailedError when the task ends any other way than completed. */
  <K extends TaskKind>(kind: K, input: TaskInput<K>, options?: RunOptions): Promise<ResultOf<K>>;
  (task: TaskRequest, options?: RunOptions): Promise<CompletedTask>;
}
