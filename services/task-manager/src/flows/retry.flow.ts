import { DeaiError, isUuid, MAX_LABELS, type Principal, RETRY_LABEL, type SubmittedTask } from '@deai/protocol';
import { requireScope } from '@deai/service-kit';
import type { Engine } from './engine.ts';
import { ENDED } from './query.flow.ts';
import type { SubmitFlow } from './submit.flow.ts';
import { storedInputOf } from './task-input.ts';

/** Submits what an ended task asked for once more. */
export interface RetryFlow {
  /**
   * A new task, priced and held as any: the old one stays as it ended. Its label {@link RETRY_LABEL} names the old one.
   * @throws DeaiError `TASK_NOT_FOUND`, also for somebody else's; `TASK_NOT_ENDED`, `TASK_INPUT_GONE`, and what a submission may throw.
   */
  retry(principal: Principal, id: string, idempotencyKey?: string): Promise<SubmittedTask>;
}

export function createRetryFlow(engine: Engine, { submit }: Pick<SubmitFlow, 'submit'>): RetryFlow {
  return {
    async retry(principal, id, idempotencyKey) {
      requireScope(principal, 'tasks:write');
      const stored = isUuid(id) ? await engine.store.requestOf(id) : undefined;
      // An admin sees the tasks of others, but does not spend on their inputs.
      if (stored?.requesterId !== principal.userId) throw new DeaiError('TASK_NOT_FOUND', { id });
      if (!ENDED.has(stored.state)) throw new DeaiError('TASK_NOT_ENDED', { id, status: stored.state });
      const request = { ...stored.request, labels: labelled(stored.request.labels, id), input: await storedInputOf(engine, id, stored) };
      const [task] = await submit(principal, [request], idempotencyKey);
      return task as SubmittedTask;
    },
  };
}

/** Labels are the requester's own: a task that has as many as there may be goes without the name of the old one. */
function labelled(labels: Record<string, string> = {}, id: string): Record<string, string> {
  const all = { ...labels, [RETRY_LABEL]: id };
  return Object.keys(all).length > MAX_LABELS ? labels : all;
}
