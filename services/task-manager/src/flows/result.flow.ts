import { DeaiError, ERRORS, type ErrorCode, isErrorCode, type LeaseAck, type SignedResult, sha256Hex } from '@deai/protocol';
import { createBatcher } from '@deai/service-kit';
import { judge } from '../domain/judge.ts';
import type { Completion, Lease } from '../domain/task.ts';
import { changeOf } from './announcer.ts';
import type { AttemptFlow } from './attempt.flow.ts';
import type { Engine } from './engine.ts';
import { settle } from './settle.ts';
import { inputOf } from './task-input.ts';

/** Takes results: judges, commits with the ledger, then acknowledges. */
export interface ResultFlow {
  /** Answers each result, in order. `accepted` means committed and paid for. */
  take(nodeId: string, results: SignedResult[]): Promise<LeaseAck[]>;
  drain(): Promise<void>;
}

const MAX_ROWS = 500;

/** Codes that a node may give as its reason; anything else is told as EXECUTION_FAILED. */
const NODE_CODES = new Set<string>([
  'EXECUTION_FAILED',
  'EXECUTION_TIMEOUT',
  'EXECUTION_OUT_OF_MEMORY',
  'OUTPUT_TOO_LARGE',
  'TASK_INPUT_REJECTED',
  'UPSTREAM_FAILED',
]);

export function createResultFlow(engine: Engine, attempts: AttemptFlow, creditsReturned: (nodeIds: Set<string>) => void): ResultFlow {
  const { store, scheduler, metrics, now } = engine;
  const completions = createBatcher<Completion, boolean>({
    maxItems: MAX_ROWS,
    concurrency: engine.config.DEAI_TASKS_WRITERS,
    lingerMs: engine.config.DEAI_TASKS_LINGER_MS,
    flush: async (batch) => {
      metrics.batchRows.observe({ statement: 'complete' }, batch.length);
      const end = metrics.statementSeconds.startTimer({ statement: 'complete' });
      const written = await store.complete(batch).finally(end);
      const nodes = new Set(batch.map((c) => c.lease.nodeId));
      for (const completion of batch) settled(engine, completion, written.has(completion.lease.leaseId));
      creditsReturned(nodes);
      return batch.map((c) => written.has(c.lease.leaseId));
    },
  });

  async function takeOne(nodeId: string, result: SignedResult): Promise<LeaseAck> {
    const lease = scheduler.leases.get(result.leaseId) ?? (await claim(engine, nodeId, result));
    if (!lease || lease.task.id !== result.taskId) return refuse(result, await explain(engine, nodeId, result));
    if (lease.nodeId !== nodeId) return refuse(result, 'LEASE_NOT_YOURS');
    if (lease.settling) return await takeAfter(lease, nodeId, result);
    if (result.output === undefined) return await takeFailure(lease, result);
    try {
      return await takeOutput(lease, result);
    } catch (error) {
      if (!(error instanceof DeaiError) || error.code !== 'RESULT_INVALID') throw error;
      const problem = String(error.details?.problem ?? error.message);
      await attempts.fail(lease, { code: 'RESULT_INVALID', message: problem }, 'node', result);
      return refuse(result, 'RESULT_INVALID', problem);
    }
  }

  /** The same again while the first is being committed: should that fail, this one counts. */
  async function takeAfter(lease: Lease, nodeId: string, result: SignedResult): Promise<LeaseAck> {
    await lease.settling;
    if (scheduler.leases.get(result.leaseId) === lease && !lease.settling) return await takeOne(nodeId, result);
    return refuse(result, await explain(engine, nodeId, result));
  }

  async function takeOutput(lease: Lease, result: SignedResult): Promise<LeaseAck> {
    const written = await settle(lease, async () => {
      const { output, ...verdict } = judge(lease, await inputOf(engine, lease.task), result, now());
      const inline = output.length <= engine.config.DEAI_TASKS_INLINE_BYTES;
      return await completions.add({
        lease,
        result: { ...result, startedAtMs: Math.min(now(), Math.max(lease.assignedAtMs, result.startedAtMs)) },
        signedStartedAtMs: result.startedAtMs,
        ...verdict,
        output: inline ? output : null,
        outputRef: inline ? null : await engine.objects.put(Buffer.from(output)),
        outputHash: sha256Hex(output),
        endedAtMs: now(),
      });
    });
    // Not written: the lease was lost, or an earlier commit of this result succeeded though its answer did not reach us.
    return written ? { leaseId: result.leaseId, accepted: true } : refuse(result, await explain(engine, lease.nodeId, result));
  }

  async function takeFailure(lease: Lease, result: SignedResult): Promise<LeaseAck> {
    const given = result.failure ?? { code: 'EXECUTION_FAILED', message: 'neither output nor failure', cause: 'node' as const };
    const code = NODE_CODES.has(given.code) ? given.code : 'EXECUTION_FAILED';
    const written = await attempts.fail(lease, { code, message: given.message }, given.cause, result);
    return written ? { leaseId: result.leaseId, accepted: true } : refuse(result, 'LEASE_LOST');
  }

  function refuse(result: SignedResult, code: ErrorCode, message: string = ERRORS[code].message): LeaseAck {
    metrics.refused.inc({ code });
    return { leaseId: result.leaseId, accepted: false, code, message };
  }

  return {
    take(nodeId, results) {
      return Promise.all(
        results.map((result) =>
          takeOne(nodeId, result).catch((error: unknown) => {
            engine.logger.error({ err: error, taskId: result.taskId }, 'result not taken');
            const code = error instanceof DeaiError && isErrorCode(error.code) ? error.code : 'UNAVAILABLE';
            return refuse(result, code);
          }),
        ),
      );
    },
    drain: () => completions.drain(),
  };
}

/** A lease that another instance holds, whose node is moving or lost its home: its result is as good here. */
async function claim({ store, claims, scheduler }: Engine, nodeId: string, { taskId, leaseId }: SignedResult): Promise<Lease | undefined> {
  const row = await store.leaseOf(taskId);
  if (row?.leaseId !== leaseId || row.nodeId !== nodeId || (row.state !== 'assigned' && row.state !== 'in_progress')) return undefined;
  for (const lease of await claims.claimLeases([{ taskId, leaseId }])) scheduler.adopt(lease);
  return scheduler.leases.get(leaseId);
}

/** Why a result that no open lease waits for is refused. */
async function explain(engine: Engine, nodeId: string, result: SignedResult): Promise<ErrorCode> {
  const row = await engine.store.leaseOf(result.taskId);
  if (!row) return 'LEASE_UNKNOWN';
  if (row.leaseId !== result.leaseId) return 'LEASE_LOST';
  if (row.nodeId !== nodeId) return 'LEASE_NOT_YOURS';
  return row.state === 'completed' || row.state === 'failed' ? 'RESULT_DUPLICATE' : 'LEASE_LOST';
}

/** After the commit: the credit returns, the network hears of it. */
function settled(engine: Engine, { lease, result, endedAtMs }: Completion, written: boolean): void {
  const { task } = lease;
  engine.scheduler.release(lease.leaseId, written ? result.runMs : undefined);
  if (!written) return;
  const queueMs = Math.max(0, result.startedAtMs - task.createdAtMs);
  engine.counts.completed(task, queueMs);
  engine.metrics.ended.inc({ kind: task.kind, state: 'completed' });
  engine.metrics.queueSeconds.observe({ kind: task.kind }, queueMs / 1000);
  engine.metrics.runSeconds.observe({ kind: task.kind }, result.runMs / 1000);
  engine.announcer.announce(changeOf(task, 'completed', { nodeId: lease.nodeId, estimatedCompletionMs: endedAtMs }));
}
