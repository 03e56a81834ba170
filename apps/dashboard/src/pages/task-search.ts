import type { TaskFilter } from '../api/task-filter.ts';
import type { TaskState } from '../api/types.ts';

export const TASK_STATUSES: readonly TaskState[] = ['pending', 'assigned', 'in_progress', 'completed', 'failed', 'cancelled'];
/** A label as the network looks for it. */
const LABEL = /^[^=]{1,64}=.{0,256}$/;
const MAX_HOURS = 24 * 3_650;

export const isLabel = (text: string): boolean => LABEL.test(text);

/** The filters of the task list that stand in its address, as far as they are any. */
export function taskSearch({ status, kind, hours, label }: Record<string, unknown>): TaskFilter {
  const known = TASK_STATUSES.find((name) => name === status);
  return {
    ...(known ? { status: known } : {}),
    ...(typeof kind === 'string' && kind ? { kind } : {}),
    ...(typeof hours === 'number' && hours > 0 && hours <= MAX_HOURS ? { hours } : {}),
    ...(typeof label === 'string' && isLabel(label) ? { label } : {}),
  };
}
