import type { Bus, Stop } from '@deai/bus';
import type { TaskChange, TaskState } from '@deai/protocol';
import type { LiveTask } from '../domain/task.ts';

const ENDED: ReadonlySet<TaskState> = new Set(['completed', 'failed', 'cancelled']);

/** Tells the network what changed, many changes to an event, and wakes those who wait for a task's end. */
export interface Announcer {
  announce(change: TaskChange): void;
  /** Resolves when the task is announced as ended, after `waitMs`, or when `signal` aborts. */
  ended(taskId: string, waitMs: number, signal: AbortSignal): Promise<void>;
  start(): Promise<void>;
  stop(): void;
}

/** A change of a task that the engine holds. */
export function changeOf(task: LiveTask, state: TaskState, more: Partial<TaskChange> = {}): TaskChange {
  return {
    taskId: task.id,
    requesterId: task.requesterId,
    state,
    progress: state === 'completed' ? 1 : 0,
    attempt: task.attempt,
    nodeId: null,
    estimatedCompletionMs: null,
    ...more,
  };
}

export function createAnnouncer(bus: Bus, now: () => number): Announcer {
  let changes: TaskChange[] = [];
  let stopListening: Stop | undefined;
  const waiters = new Map<string, Set<() => void>>();

  function flush(): void {
    const batch = changes;
    changes = [];
    bus.publish('tasks.changed', { atMs: now(), changes: batch });
  }
  function wake(taskId: string): void {
    const set = waiters.get(taskId);
    if (!set) return;
    waiters.delete(taskId);
    for (const resolve of set) resolve();
  }

  return {
    announce(change) {
      changes.push(change);
      if (changes.length === 1) setImmediate(flush);
    },
    ended(taskId, waitMs, signal) {
      return new Promise((resolve) => {
        const set = waiters.get(taskId) ?? new Set();
        const done = () => {
          clearTimeout(timer);
          set.delete(done);
          if (set.size === 0 && waiters.get(taskId) === set) waiters.delete(taskId);
          resolve();
        };
        const timer = setTimeout(done, waitMs);
        set.add(done);
        waiters.set(taskId, set);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    async start() {
      // By the bus, so that a wait here ends also when another instance ends the task.
      stopListening = await bus.subscribe('tasks.changed', (event) => {
        if (waiters.size === 0) return;
        for (const change of event.changes) if (ENDED.has(change.state)) wake(change.taskId);
      });
    },
    stop() {
      stopListening?.();
      for (const taskId of [...waiters.keys()]) wake(taskId);
    },
  };
}
