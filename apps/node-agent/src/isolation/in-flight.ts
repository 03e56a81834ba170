import type { ExecutorTask } from '../executors/executor.types.ts';
import type { Failure, Outcome } from './host.messages.ts';

/** A task between its start and its outcome. */
interface InFlightTask {
  readonly task: ExecutorTask;
  begunAt: number;
  /** Ends the process when the task, or its cancellation, takes too long. */
  timer: NodeJS.Timeout | undefined;
  cancelled: boolean;
}

/** The tasks of one process. A cancelled task stays until the process is done with it, and its outcome goes nowhere. */
export interface InFlight {
  readonly size: number;
  add(tasks: readonly ExecutorTask[]): void;
  get(leaseId: string): InFlightTask | undefined;
  all(): [string, InFlightTask][];
  /** Removes a task without an outcome. */
  remove(leaseId: string): void;
  settle(leaseId: string, outcome: Outcome): void;
  fail(leaseId: string, failure: Failure, units?: number): void;
}

/** Creates an empty table; `onOutcome` gets the outcome of every task that was not cancelled. */
export function createInFlight(onOutcome: (leaseId: string, outcome: Outcome) => void): InFlight {
  const entries = new Map<string, InFlightTask>();

  function remove(leaseId: string): void {
    clearTimeout(entries.get(leaseId)?.timer);
    entries.delete(leaseId);
  }

  function settle(leaseId: string, outcome: Outcome): void {
    const entry = entries.get(leaseId);
    if (!entry) return;
    remove(leaseId);
    if (!entry.cancelled) onOutcome(leaseId, outcome);
  }

  return {
    get size() {
      return entries.size;
    },
    add(tasks) {
      for (const task of tasks) entries.set(task.leaseId, { task, begunAt: performance.now(), timer: undefined, cancelled: false });
    },
    get: (leaseId) => entries.get(leaseId),
    all: () => [...entries],
    remove,
    settle,
    fail(leaseId, failure, units = 0) {
      const begunAt = entries.get(leaseId)?.begunAt ?? performance.now();
      settle(leaseId, { failure, units, runMs: Math.max(0, Math.round(performance.now() - begunAt)) });
    },
  };
}
