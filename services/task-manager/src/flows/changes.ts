import type { TaskChange, TaskState } from '@deai/protocol';
import type { Lease, LiveTask } from '../domain/task.ts';

const ENDED: ReadonlySet<TaskState> = new Set(['completed', 'failed', 'cancelled']);

/** Whether a change says that what is known here of a waiting task is old: it ended, or was attempted since, by another instance. */
export function hasMovedOn(task: Pick<LiveTask, 'attempt'>, change: TaskChange): boolean {
  return ENDED.has(change.state) || change.attempt > task.attempt;
}

/** Whether a change says that a lease held here is over: its attempt went back to a queue, or the task moved on. */
export function isOver({ task }: Pick<Lease, 'task'>, change: TaskChange): boolean {
  return hasMovedOn(task, change) || (change.state === 'pending' && change.attempt === task.attempt);
}
