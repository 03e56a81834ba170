import type { TaskState } from '../api/types.ts';

/** Filters of the task list, as they stand in its address. */
export interface TaskSearch {
  status?: TaskState;
  kind?: string;
}

export const TASK_STATUSES: readonly TaskState[] = ['pending', 'assigned', 'in_progress', 'completed', 'failed', 'cancelled'];

export function taskSearch({ status, kind }: Record<string, unknown>): TaskSearch {
  const known = TASK_STATUSES.find((name) => name === status);
  return { ...(known ? { status: known } : {}), ...(typeof kind === 'string' && kind ? { kind } : {}) };
}
