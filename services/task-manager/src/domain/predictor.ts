import type { CapabilityClass } from './capability-class.ts';
import type { LiveTask } from './task.ts';

/** Assumed run time before any task of a class has run. */
const UNKNOWN_RUN_MS = 1000;

/** Tasks of the class that run at once: nodes hold about two leases for each that runs, so that they never idle. */
function slotsOf({ credits }: CapabilityClass): number {
  return Math.ceil(credits / 2);
}

/** When a task with `ahead` others before it should start: `null` when no node is there to run it. Milliseconds since the epoch. */
export function predictStart(capability: CapabilityClass | undefined, ahead: number, nowMs: number): number | null {
  if (!capability) return null;
  const slots = slotsOf(capability);
  if (slots === 0) return null;
  if (ahead === 0 && capability.free.size > 0) return nowMs;
  // Each slot frees itself once in an average run time, on average half of one from now.
  const runMs = capability.runMs || UNKNOWN_RUN_MS;
  return Math.round(nowMs + runMs * ((ahead + 1) / slots + 0.5));
}

/** When a running task should be done. */
export function predictCompletion(capability: CapabilityClass | undefined, startedAtMs: number, nowMs: number): number {
  return Math.max(nowMs, Math.round(startedAtMs + (capability?.runMs || UNKNOWN_RUN_MS)));
}

/** How many waiting tasks come before one that arrives, or waits, now. */
export function tasksAhead(capability: CapabilityClass | undefined, task: Pick<LiveTask, 'requesterId' | 'priority'>): number {
  return capability ? capability.queue.aheadOf(task.requesterId, task.priority) : 0;
}
