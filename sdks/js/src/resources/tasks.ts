import type {
  CancelResponse,
  PageOf,
  Quote,
  ReceiptDocument,
  SubmittedTask,
  Task,
  TaskEvent,
  TaskQuery,
  TaskRequest,
  TaskWhy,
} from '@deai/protocol';
import { TaskFailedError } from '../errors.ts';
import { newIdempotencyKey } from '../idempotency.ts';
import { createListing, type Listing } from '../listing.ts';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';
import { chunksOf } from './chunks.ts';
import type { CompletedTask, Run, RunOptions, SubmitOptions, WaitOptions } from './tasks.types.ts';
import { waitForTask } from './wait.ts';

/** Tasks of the caller. */
export interface TasksApi {
  submit(task: TaskRequest, options?: SubmitOptions): Promise<SubmittedTask>;
  /**
   * Submits any number of tasks, at most 1,000 in a request, and answers in their order. Each request is accepted or refused as a whole; after
   * an error, the same call with the same `idempotencyKey` goes on where it stopped.
   */
  submitMany(tasks: readonly TaskRequest[], options?: SubmitOptions): Promise<SubmittedTask[]>;
  /** With its output, once completed. */
  get(id: string, options?: CallOptions): Promise<Task>;
  list(query?: TaskQuery, options?: CallOptions): Listing<Task>;
  /** The task as it ended, however it ended. @throws DeaiApiError `CLIENT_TIMEOUT` when the time is over. */
  wait(id: string, options?: WaitOptions): Promise<Task>;
  readonly run: Run;
  /**
   * Submits what an ended task asked for once more, as a new task whose label `retry_of` names the old one.
   * @throws DeaiApiError `TASK_NOT_ENDED`; `TASK_INPUT_GONE` when the network keeps its input no more; and as `submit`.
   */
  retry(id: string, options?: SubmitOptions): Promise<SubmittedTask>;
  cancel(id: string, options?: CallOptions): Promise<CancelResponse>;
  /** Price and predicted start; nothing is submitted. */
  quote(task: TaskRequest, options?: CallOptions): Promise<Quote>;
  /** Why the task has not ended. */
  why(id: string, options?: CallOptions): Promise<TaskWhy>;
  /** What happened to it, oldest first. */
  events(id: string, options?: CallOptions): Promise<TaskEvent[]>;
  /**
   * What it was submitted with, in the form of its kind: for `verifyReceipt`, or to submit it changed.
   * @throws DeaiApiError `TASK_INPUT_GONE` when the network keeps it no more.
   */
  input(id: string, options?: CallOptions): Promise<TaskRequest['input']>;
  /** The signed record of a completed task, for `verifyReceipt`. @throws DeaiApiError `RECEIPT_NOT_AVAILABLE` while it has not completed. */
  receipt(id: string, options?: CallOptions): Promise<ReceiptDocument>;
}

export function createTasksApi({ call, timeoutMs }: Transport): TasksApi {
  const at = (id: string, rest = '') => `/tasks/${encodeURIComponent(id)}${rest}`;

  function post<T>(body: unknown, key: string, { idempotencyKey: _, ...options }: SubmitOptions): Promise<T> {
    return call<T>('/tasks/submit', { ...options, method: 'POST', body, headers: { 'idempotency-key': key } });
  }
  async function submit(task: TaskRequest, options: SubmitOptions = {}): Promise<SubmittedTask> {
    return await post(task, options.idempotencyKey ?? newIdempotencyKey(), options);
  }
  async function submitMany(tasks: readonly TaskRequest[], options: SubmitOptions = {}): Promise<SubmittedTask[]> {
    const key = options.idempotencyKey ?? newIdempotencyKey();
    const submitted: SubmittedTask[] = [];
    for (const [index, chunk] of chunksOf(tasks).entries()) {
      const answer = await post<{ tasks: SubmittedTask[] }>({ tasks: chunk }, index === 0 ? key : `${key}-${index}`, options);
      submitted.push(...answer.tasks);
    }
    return submitted;
  }
  function wait(id: string, options: WaitOptions = {}): Promise<Task> {
    // The server holds the answer back for `waitMs`: the limit of the call comes on top.
    const poll = (waitMs: number, signal: AbortSignal | undefined) =>
      call<Task>(at(id), { query: { waitMs }, signal, timeoutMs: waitMs + timeoutMs });
    return waitForTask(id, poll, options);
  }
  async function run(...args: [TaskRequest, RunOptions?] | [string, TaskRequest['input'], RunOptions?]): Promise<CompletedTask> {
    const [first, second, third] = args;
    const options = (typeof first === 'string' ? third : (second as RunOptions | undefined)) ?? {};
    const task = typeof first === 'string' ? { kind: first, input: second as TaskRequest['input'] } : first;
    const { idempotencyKey, signal } = options;
    const { id } = await submit({ ...task, ...options.task }, { idempotencyKey, signal });
    const ended = await wait(id, options);
    if (ended.status !== 'completed') throw new TaskFailedError(ended);
    return ended as CompletedTask;
  }

  return {
    submit,
    submitMany,
    wait,
    run: run as Run,
    get: (id, options) => call(at(id), options),
    list: (query = {}, options = {}) =>
      createListing(query, options, (query, options) => call<PageOf<Task>>('/tasks', { ...options, query })),
    retry: (id, { idempotencyKey = newIdempotencyKey(), ...options } = {}) =>
      call(at(id, '/retry'), { ...options, method: 'POST', headers: { 'idempotency-key': idempotencyKey } }),
    cancel: (taskId, options) => call('/tasks/cancel', { ...options, method: 'POST', body: { taskId } }),
    quote: (body, options) => call('/tasks/quote', { ...options, method: 'POST', body }),
    why: (id, options) => call(at(id, '/why'), options),
    input: (id, options) => call(at(id, '/input'), options),
    receipt: (id, options) => call(at(id, '/receipt'), options),
    events: async (id, options) => (await call<{ items: TaskEvent[] }>(at(id, '/events'), options)).items,
  };
}
