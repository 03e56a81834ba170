/** States of a task. The numbers are what the database stores. */
export const TASK_STATES = { pending: 0, assigned: 1, in_progress: 2, completed: 3, failed: 4, cancelled: 5 } as const;
export type TaskState = keyof typeof TASK_STATES;

/**
 * The one transition table. `failed → pending` is a retry, so `failed` is final only when no attempt remains.
 * `pending` and `assigned → failed` end a task whose deadline passed before any node started it.
 */
export const TASK_TRANSITIONS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  pending: ['assigned', 'failed', 'cancelled'],
  assigned: ['in_progress', 'pending', 'failed', 'cancelled'],
  in_progress: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['pending'],
  cancelled: [],
};

/** True when the table allows `from → to`. */
export function canTransition(from: TaskState, to: TaskState): boolean {
  return TASK_TRANSITIONS[from].includes(to);
}

/** True when every step of a path such as `assigned → in_progress → completed` is allowed: one write may carry several steps. */
export function canTravel(...path: [TaskState, TaskState, ...TaskState[]]): boolean {
  return path.slice(1).every((to, i) => canTransition(path[i] as TaskState, to));
}

const NAMES = Object.keys(TASK_STATES) as TaskState[];

/** The state a database number stands for. */
export function taskStateOf(number: number): TaskState {
  const state = NAMES[number];
  if (!state) throw new RangeError(`no task state ${number}`);
  return state;
}

/** States that a node's lease keeps alive. */
export const LEASED_STATES = ['assigned', 'in_progress'] as const satisfies readonly TaskState[];
