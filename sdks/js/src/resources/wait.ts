import type { Task, TaskState } from '@deai/protocol';
import { sleep } from '../backoff.ts';
import { DeaiApiError } from '../errors.ts';
import type { WaitOptions } from './tasks.types.ts';

/** How long the server may hold an answer back. */
const POLL_MS = 20_000;
/** The same, where the caller wants to see progress. */
const UPDATE_MS = 1_000;
/** A server that answers sooner although the task goes on is not asked again at once. */
const MIN_POLL_MS = 250;

const ENDED: readonly TaskState[] = ['completed', 'failed', 'cancelled'];

/** True when nothing more will happen to the task. */
export function hasEnded({ status }: { status: TaskState }): boolean {
  return ENDED.includes(status);
}

/** Asks with `poll`, which waits at most `waitMs` for the end of the task, until it has ended. */
export async function waitForTask(
  id: string,
  poll: (waitMs: number, signal: AbortSignal | undefined) => Promise<Task>,
  { timeoutMs, signal, onUpdate }: WaitOptions,
): Promise<Task> {
  const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  let seen = '';
  for (;;) {
    const begun = Date.now();
    const waitMs = Math.ceil(Math.max(0, Math.min(onUpdate ? UPDATE_MS : POLL_MS, deadline - begun)));
    const task = await poll(waitMs, signal);
    const now = `${task.status} ${task.progress} ${task.attempt}`;
    if (now !== seen) onUpdate?.(task);
    seen = now;
    if (hasEnded(task)) return task;
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) {
      const message = `The task has not ended within ${timeoutMs} ms; it goes on.`;
      throw new DeaiApiError({ code: 'CLIENT_TIMEOUT', status: 0, message, details: { taskId: id, status: task.status } });
    }
    const early = Math.min(MIN_POLL_MS - (Date.now() - begun), leftMs);
    if (early > 0) await sleep(early, signal);
  }
}
