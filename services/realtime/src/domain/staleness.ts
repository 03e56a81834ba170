import type { TaskChange, TaskState } from '@deai/protocol';

/** How far an attempt is: `pending` with attempts begun is what follows a failed attempt. */
const FOLLOWED_BY_NONE: ReadonlySet<TaskState> = new Set(['completed', 'cancelled']);

/**
 * Whether `change` certainly lies before `known`, which was read from the database and may be ahead of the events.
 * Where the two cannot be ordered the answer is no: an update too many is corrected by the next, one too few is not.
 */
export function isStale(change: TaskChange, known: TaskChange): boolean {
  if (change.attempt !== known.attempt) return change.attempt < known.attempt;
  if (change.state === known.state) return change.progress < known.progress;
  if (FOLLOWED_BY_NONE.has(known.state)) return true;
  const running = change.state === 'assigned' || change.state === 'in_progress';
  if (known.state === 'failed') return running;
  if (known.state === 'in_progress') return change.state === 'assigned';
  return known.state === 'pending' && change.state === 'in_progress';
}
