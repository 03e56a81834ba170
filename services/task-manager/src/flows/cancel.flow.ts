import { type CancelResponse, DeaiError, type Principal, type Task } from '@deai/protocol';
import { requireScope } from '@deai/service-kit';
import { changeOf } from './announcer.ts';
import type { DispatchFlow } from './dispatch.flow.ts';
import type { Engine } from './engine.ts';

/** Ends a task that its requester no longer wants; the whole hold goes back. */
export interface CancelFlow {
  /** Cancelling a cancelled task is no error. @throws DeaiError `TASK_NOT_FOUND`, `TASK_NOT_CANCELLABLE`. */
  cancel(principal: Principal, task: Task): Promise<CancelResponse>;
  /** Ends the lease of a cancelled task, if it is held here, also at its node. */
  tellNode(taskId: string): void;
}

export function createCancelFlow(engine: Engine, dispatch: DispatchFlow): CancelFlow {
  const { scheduler, store, bus, logger } = engine;

  function tellNode(taskId: string): void {
    const lease = scheduler.leaseOfTask(taskId);
    if (!lease) return;
    scheduler.release(lease.leaseId);
    const node = scheduler.nodes.get(lease.nodeId);
    if (!node) return;
    dispatch.fillNode(node);
    const { nodeId, instanceId } = node.session;
    bus.request('nodes.cancelLeases', { nodeId, leases: [lease.leaseId] }, { to: instanceId }).catch((error: unknown) => {
      logger.info({ err: error, nodeId }, 'node not told of a cancellation; its result will be refused');
    });
  }
  async function end(task: Task): Promise<boolean> {
    const ending = {
      taskId: task.id,
      lease: null,
      failure: { code: 'CANCELLED', message: 'cancelled by the requester' },
      units: 0,
      rewardYocto: 0n,
      feeYocto: 0n,
      endedAtMs: engine.now(),
    };
    return (await store.end('cancelled', [ending], 'cancellation')).has(task.id);
  }

  return {
    tellNode,
    async cancel(principal, task) {
      requireScope(principal, 'tasks:write');
      const waiting = scheduler.withdraw(task.id);
      const cancelled = await end(task).catch((error: unknown) => {
        if (waiting) dispatch.requeue(waiting);
        throw error;
      });
      if (!cancelled) {
        const now = await store.detail(task.id);
        if (now?.task.status !== 'cancelled') throw new DeaiError('TASK_NOT_CANCELLABLE', { status: now?.task.status });
        return { id: task.id, status: 'cancelled' };
      }
      const lease = scheduler.leaseOfTask(task.id);
      const live = waiting ?? lease?.task;
      engine.counts.move({ kind: task.kind as never }, lease?.written ? 'running' : 'pending', 'cancelled');
      engine.metrics.ended.inc({ kind: task.kind, state: 'cancelled' });
      tellNode(task.id);
      if (live) engine.announcer.announce(changeOf(live, 'cancelled', { nodeId: lease?.nodeId ?? null }));
      else engine.announcer.announce({ ...bareChange(task), state: 'cancelled' });
      return { id: task.id, status: 'cancelled' };
    },
  };
}

/** The change of a task that is not in this instance's memory. */
function bareChange(task: Task) {
  const { id: taskId, requesterId, attempt, nodeId } = task;
  return { taskId, requesterId, attempt, nodeId, progress: 0, estimatedCompletionMs: null };
}
