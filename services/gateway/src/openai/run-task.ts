import { DeaiError, isErrorCode, type Principal, type Task, type TaskRequest } from '@deai/protocol';
import type { GatewayDeps } from '../context.ts';

const ONE_WAIT_MS = 60_000;
/** What the bus may take on top of a wait. */
const BUS_SLACK_MS = 10_000;

/** A task that a caller waits for. */
export interface Awaited {
  principal: Principal;
  task: TaskRequest;
  idempotencyKey?: string | undefined;
  timeoutMs: number;
  /** Aborts when the caller is gone. */
  gone: AbortSignal;
}

/**
 * Submits one task and waits until it is completed. When the time is up, the caller is gone or the wait fails, the task is cancelled.
 * @throws DeaiError the refusal, what the task failed of, or `TIMEOUT`.
 */
export async function runTask(deps: GatewayDeps, { principal, task, idempotencyKey, timeoutMs, gone }: Awaited): Promise<Task> {
  const deadline = Date.now() + timeoutMs;
  const input = { principal, tasks: [task], ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
  const { tasks } = await deps.bus.request('tasks.submit', input);
  const id = String(tasks[0]?.id);
  const cancel = () => cancelTask(deps, principal, id);
  if (gone.aborted) void cancel();
  else gone.addEventListener('abort', cancel, { once: true });
  try {
    return completed(await waitForEnd(deps, principal, id, deadline));
  } finally {
    gone.removeEventListener('abort', cancel);
  }
}

async function waitForEnd(deps: GatewayDeps, principal: Principal, id: string, deadline: number): Promise<Task> {
  try {
    for (let leftMs = deadline - Date.now(); leftMs > 0; leftMs = deadline - Date.now()) {
      const waitMs = Math.min(leftMs, ONE_WAIT_MS);
      const task = await deps.bus.request('tasks.wait', { principal, id, waitMs }, { timeoutMs: waitMs + BUS_SLACK_MS });
      if (hasEnded(task)) return task;
    }
  } catch (error) {
    await cancelTask(deps, principal, id);
    throw error;
  }
  if (!(await cancelTask(deps, principal, id))) {
    // It may have ended in this very moment, and then it is paid for.
    const last = await deps.bus.request('tasks.get', { principal, id, withOutput: true });
    if (hasEnded(last)) return last;
  }
  throw new DeaiError('TIMEOUT', { taskId: id, hint: 'The task took too long and was cancelled.' });
}

/** True when the task is cancelled now. */
async function cancelTask({ bus, logger }: GatewayDeps, principal: Principal, id: string): Promise<boolean> {
  try {
    await bus.request('tasks.cancel', { principal, id });
    return true;
  } catch (error) {
    if (!(error instanceof DeaiError && error.code === 'TASK_NOT_CANCELLABLE')) {
      logger.warn({ err: error, taskId: id }, 'could not cancel a task nobody waits for');
    }
    return false;
  }
}

function hasEnded({ status }: Task): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

function completed(task: Task): Task {
  if (task.status === 'completed') return task;
  const code = task.status === 'cancelled' ? 'CANCELLED' : task.error?.code;
  throw new DeaiError(code && isErrorCode(code) ? code : 'EXECUTION_FAILED', { taskId: task.id, hint: task.error?.message });
}
