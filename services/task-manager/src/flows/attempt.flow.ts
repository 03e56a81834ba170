import type { SignedResult } from '@deai/protocol';
import { createBatcher } from '@deai/service-kit';
import { judgeFailure } from '../domain/judge.ts';
import type { Ending, Requeue } from '../domain/ports.ts';
import { decideRetry } from '../domain/retry.ts';
import type { Failure, Lease, LiveTask } from '../domain/task.ts';
import { changeOf } from './announcer.ts';
import type { Engine } from './engine.ts';
import { settle } from './settle.ts';

export type Cause = 'requester' | 'node' | 'network';

/** Ends attempts that brought no result: back to the queue while attempts remain, failed and refunded otherwise. */
export interface AttemptFlow {
  /** True when the end was written; false when the lease had been lost before. */
  fail(lease: Lease, failure: Failure, cause: Cause, result?: SignedResult): Promise<boolean>;
  /** The node never worked on it. */
  giveBack(lease: Lease, code: string, message: string): Promise<boolean>;
}

/** What the attempt flow asks of dispatch, which is made after it. */
export interface AttemptHooks {
  queue(task: LiveTask): void;
  creditReturned(nodeId: string): void;
}

const MAX_ROWS = 500;

export function createAttemptFlow(engine: Engine, hooks: AttemptHooks): AttemptFlow {
  const { store, scheduler, announcer, counts, metrics } = engine;
  const requeues = createBatcher<Requeue, boolean>({
    maxItems: MAX_ROWS,
    concurrency: 1,
    flush: async (batch) => {
      const written = await store.requeue(batch);
      return batch.map((r) => written.has(r.lease.leaseId));
    },
  });
  const endings = createBatcher<Ending, boolean>({
    maxItems: MAX_ROWS,
    concurrency: 1,
    flush: async (batch) => {
      const written = await store.end('failed', batch, 'failure');
      return batch.map((e) => written.has(e.taskId));
    },
  });

  async function again(lease: Lease, failure: Failure, cause: Cause, lost: number, delayMs: number): Promise<boolean> {
    const { task } = lease;
    const written = await requeues.add({ lease, failure, lost, endedAtMs: engine.now() });
    scheduler.release(lease.leaseId);
    hooks.creditReturned(lease.nodeId);
    if (!written) return false;
    task.lost = lost;
    if (cause === 'node' && !task.avoid.includes(lease.nodeId)) task.avoid.push(lease.nodeId);
    metrics.retried.inc({ code: failure.code });
    counts.move(task, 'running', 'pending');
    announcer.announce(changeOf(task, 'pending', { error: failure }));
    if (delayMs === 0) hooks.queue(task);
    else setTimeout(() => hooks.queue(task), delayMs).unref();
    return true;
  }
  async function finish(lease: Lease, failure: Failure, result: SignedResult | undefined): Promise<boolean> {
    const { task } = lease;
    const charge = result ? judgeFailure(lease, result, engine.now()) : { units: 0, rewardYocto: 0n, feeYocto: 0n };
    const written = await endings.add({ taskId: task.id, lease, failure, ...charge, endedAtMs: engine.now() });
    scheduler.release(lease.leaseId);
    hooks.creditReturned(lease.nodeId);
    if (!written) return false;
    metrics.retried.inc({ code: failure.code });
    metrics.ended.inc({ kind: task.kind, state: 'failed' });
    counts.move(task, 'running', 'failed');
    announcer.announce(changeOf(task, 'failed', { nodeId: lease.nodeId, error: failure }));
    return true;
  }
  async function fail(lease: Lease, failure: Failure, cause: Cause, result?: SignedResult): Promise<boolean> {
    if (lease.settling) return false;
    const told = { ...failure, message: storable(failure.message) };
    const { retry, delayMs, countsAsLost } = decideRetry(lease.task, failure.code, cause);
    const lost = lease.task.lost + (countsAsLost ? 1 : 0);
    return await settle(lease, () => (retry ? again(lease, told, cause, lost, delayMs) : finish(lease, told, result)));
  }

  return {
    fail,
    giveBack: (lease, code, message) => fail(lease, { code, message }, 'network'),
  };
}

/** Nodes write messages, whole batches are written at once: text that PostgreSQL refuses would hold up everybody else's attempts. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
