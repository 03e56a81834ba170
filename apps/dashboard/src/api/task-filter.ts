import type { TaskQuery, TaskState } from './types.ts';

/** What a list of tasks is narrowed to. */
export interface TaskFilter {
  status?: TaskState;
  kind?: string;
  /** Submitted no longer ago than this. */
  hours?: number;
  /** `name=value` */
  label?: string;
}

const HOUR_MS = 3_600_000;

/** The filter as the network is asked for it now. */
export function taskQueryOf({ hours, ...filter }: TaskFilter): TaskQuery {
  return { ...filter, ...(hours ? { createdAfter: new Date(Date.now() - hours * HOUR_MS).toISOString() } : {}) };
}
