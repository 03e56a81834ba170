import {
  DeaiError,
  isUuid,
  type PageOf,
  type Principal,
  type Task,
  type TaskEvent,
  type TaskQuery,
  type TaskRequest,
} from '@deai/protocol';
import { isAdmin, requireScope } from '@deai/service-kit';
import { predictCompletion } from '../domain/predictor.ts';
import type { Engine } from './engine.ts';
import { storedInputOf } from './task-input.ts';

/** Answers about tasks to those whom they concern: their requester, and admins. */
export interface QueryFlow {
  /** @throws DeaiError `TASK_NOT_FOUND`, also for somebody else's task. */
  get(principal: Principal, id: string, withOutput: boolean): Promise<Task>;
  /** The same once the task has ended, or after `waitMs`. */
  wait(principal: Principal, id: string, waitMs: number): Promise<Task>;
  list(principal: Principal, query: TaskQuery): Promise<PageOf<Task>>;
  events(principal: Principal, id: string): Promise<TaskEvent[]>;
  /** What the task was submitted with. @throws DeaiError `TASK_NOT_FOUND` as {@link QueryFlow.get}, `TASK_INPUT_GONE`. */
  input(principal: Principal, id: string): Promise<TaskRequest['input']>;
}

/** States that a task does not leave. */
export const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);
const NOT_TOLD = new Set(['SETTLEMENT_OFF', 'CHAIN_UNAVAILABLE', 'UNAVAILABLE', 'TIMEOUT', 'SHUTTING_DOWN']);

function concerns(principal: Principal, { requesterId }: Pick<Task, 'requesterId'>): boolean {
  return requesterId === principal.userId || isAdmin(principal);
}

export function createQueryFlow(engine: Engine): QueryFlow {
  const { store, scheduler, objects, announcer } = engine;

  /** What only memory knows of a running task. */
  function live(task: Task): Task {
    const lease = scheduler.leaseOfTask(task.id);
    if (!lease?.written || ENDED.has(task.status)) return task;
    const estimated = predictCompletion(scheduler.classOf(lease.task), lease.startedAtMs ?? lease.assignedAtMs, engine.now());
    return {
      ...task,
      status: lease.startedAtMs === null ? task.status : 'in_progress',
      startedAt: lease.startedAtMs === null ? task.startedAt : new Date(lease.startedAtMs).toISOString(),
      progress: lease.progress,
      estimatedCompletion: new Date(estimated).toISOString(),
    };
  }
  /** Settlement is told by the bridge, which a network need not have: without its word a task is not settled. */
  async function withSettlement(tasks: Task[]): Promise<Task[]> {
    const taskIds = tasks.flatMap(({ id, status }) => (status === 'completed' ? [id] : []));
    if (taskIds.length === 0) return tasks;
    const { states } = await engine.bus.request('settlement.ofTasks', { taskIds }).catch((error: unknown) => {
      if (error instanceof DeaiError && NOT_TOLD.has(error.code)) return { states: {} as Record<string, 'batched' | 'settled'> };
      throw error;
    });
    return tasks.map((task) => ({ ...task, settlement: states[task.id] ?? 'none' }));
  }
  async function outputOf(id: string): Promise<unknown> {
    const stored = await store.outputOf(id);
    if (stored?.output != null) return JSON.parse(stored.output);
    const bytes = stored?.outputRef ? await objects.get(stored.outputRef) : undefined;
    if (!bytes) throw new Error(`the object store has no output ${stored?.outputRef} of task ${id}`);
    return JSON.parse(Buffer.from(bytes).toString());
  }
  async function get(principal: Principal, id: string, withOutput: boolean): Promise<Task> {
    requireScope(principal, 'tasks:read');
    const detail = isUuid(id) ? await store.detail(id) : undefined;
    if (!detail || !concerns(principal, detail.task)) throw new DeaiError('TASK_NOT_FOUND', { id });
    const [task = detail.task] = await withSettlement([live(detail.task)]);
    return withOutput && task.status === 'completed' ? { ...task, output: await outputOf(id) } : task;
  }

  return {
    get,
    async wait(principal, id, waitMs) {
      // Waiting begins before the look, so that an end in between is not missed.
      const stop = new AbortController();
      const ended = announcer.ended(id, waitMs, stop.signal);
      try {
        const task = await get(principal, id, true);
        if (ENDED.has(task.status)) return task;
        await ended;
        return await get(principal, id, true);
      } finally {
        stop.abort();
      }
    },
    async list(principal, query) {
      requireScope(principal, 'tasks:read');
      const page = await store.list(principal.userId, query);
      return { ...page, items: await withSettlement(page.items.map(live)) };
    },
    async events(principal, id) {
      await get(principal, id, false);
      return await store.events(id);
    },
    async input(principal, id) {
      requireScope(principal, 'tasks:read');
      const stored = isUuid(id) ? await store.requestOf(id) : undefined;
      if (!stored || !concerns(principal, stored)) throw new DeaiError('TASK_NOT_FOUND', { id });
      return await storedInputOf(engine, id, stored);
    },
  };
}
