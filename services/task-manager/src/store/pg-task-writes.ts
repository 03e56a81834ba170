import type { HotPool } from '@deai/db';
import type { Ending, Requeue, Submission, SubmissionOutcome, TaskStore } from '../domain/ports.ts';
import type { Completion, Lease } from '../domain/task.ts';
import { FIND_KEYS, NEW_TASKS, SUBMIT } from './submit.sql.ts';
import { insertRecord } from './task-row.ts';
import { ASSIGN, ASSIGNMENTS, COMPLETE, COMPLETIONS, endStatement, REQUEUE, START, STARTS } from './transition.sql.ts';

type Writes = Pick<TaskStore, 'submit' | 'assign' | 'start' | 'complete' | 'requeue' | 'end'>;

const UNIQUE_VIOLATION = '23505';
const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

interface KeyRow {
  requester_id: string;
  key: string;
  request_hash: string;
  task_ids: string[];
}

/** The writes of instance `schedulerId` on the hot path, each one statement on a connection whose plans are pinned. */
export function createPgTaskWrites(hot: HotPool, schedulerId: string): Writes {
  async function submit(submissions: Submission[]): Promise<SubmissionOutcome[]> {
    const outcomes = await findRepeated(hot, submissions);
    const fresh = submissions.map((submission, index) => ({ submission, index })).filter(({ index }) => !outcomes[index]);
    if (fresh.length > 0) {
      try {
        const stored = await store(
          hot,
          fresh.map(({ submission }) => submission),
          schedulerId,
        );
        fresh.forEach(({ index }, i) => {
          outcomes[index] = stored[i];
        });
      } catch (error) {
        // Another instance took one of the keys between our look-up and our commit: look again.
        if ((error as { code?: string }).code === UNIQUE_VIOLATION) return await submit(submissions);
        throw error;
      }
    }
    return outcomes as SubmissionOutcome[];
  }

  return {
    submit,
    assign: (leases) => leaseIds(hot, 'assign', ASSIGN, [...ASSIGNMENTS.values(leases.map(assignRecord)), schedulerId]),
    async start(leases) {
      const rows = leases.map((l) => ({
        id: l.task.id,
        lease_id: l.leaseId,
        started_at: time(l.startedAtMs),
        lease_until: time(l.untilMs),
      }));
      await hot.query({ name: 'start', text: START, values: [...STARTS.values(rows), schedulerId] });
    },
    complete: (completions) => leaseIds(hot, 'complete', COMPLETE, COMPLETIONS.values(completions.map(completionRecord))),
    requeue: (requeues) => leaseIds(hot, 'requeue', REQUEUE, [JSON.stringify(requeues.map(requeueRecord)), schedulerId]),
    async end(state, endings, reason) {
      const values = [JSON.stringify(endings.map(endingRecord)), schedulerId];
      const { rows } = await hot.query<{ id: string }>({ name: `end-${state}-${reason}`, text: endStatement(state, reason), values });
      return new Set(rows.map((row) => row.id));
    },
  };
}

async function leaseIds(hot: HotPool, name: string, text: string, values: string[]): Promise<Set<string>> {
  const { rows } = await hot.query<{ lease_id: string }>({ name, text, values });
  return new Set(rows.map((row) => row.lease_id));
}

/** Outcomes of submissions whose key was used before, also by an earlier one of the same batch; holes for the others. */
async function findRepeated(hot: HotPool, submissions: Submission[]): Promise<(SubmissionOutcome | undefined)[]> {
  const keys = submissions.flatMap(({ requesterId, idempotency }) =>
    idempotency ? [{ requester_id: requesterId, key: idempotency.key }] : [],
  );
  if (keys.length === 0) return submissions.map(() => undefined);
  const { rows } = await hot.query<KeyRow>({ name: 'find-keys', text: FIND_KEYS, values: [JSON.stringify(keys)] });
  const known = new Map(rows.map((row) => [`${row.requester_id}/${row.key}`, { hash: row.request_hash, taskIds: row.task_ids }]));
  return submissions.map(({ requesterId, idempotency, tasks }) => {
    if (!idempotency) return undefined;
    const name = `${requesterId}/${idempotency.key}`;
    const earlier = known.get(name);
    if (!earlier) {
      known.set(name, { hash: idempotency.requestHash, taskIds: tasks.map((t) => t.task.id) });
      return undefined;
    }
    if (earlier.hash !== idempotency.requestHash) return { status: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' };
    return { status: 'repeated', taskIds: earlier.taskIds };
  });
}

async function store(hot: HotPool, submissions: Submission[], schedulerId: string): Promise<SubmissionOutcome[]> {
  const tasks = submissions.flatMap((submission, i) => submission.tasks.map((task) => insertRecord(i, task)));
  const holds = submissions.map(({ requesterId, tasks: held }) => ({
    owner: requesterId,
    amount: held.reduce((sum, { task }) => sum + task.holdYocto, 0n).toString(),
    tasks: held.length,
  }));
  const keys = submissions.flatMap(({ requesterId, idempotency, tasks: keyed }, request) =>
    idempotency
      ? [
          {
            request,
            requester_id: requesterId,
            key: idempotency.key,
            request_hash: idempotency.requestHash,
            task_ids: keyed.map((t) => t.task.id),
          },
        ]
      : [],
  );
  const values = [...NEW_TASKS.values(tasks), JSON.stringify(holds), JSON.stringify(keys), schedulerId];
  const { rows } = await hot.query<{ idx: number; ok: boolean; reason: string | null }>({ name: 'submit', text: SUBMIT, values });
  const outcomes: SubmissionOutcome[] = [];
  for (const { idx, ok, reason } of rows) {
    outcomes[idx] = ok ? { status: 'stored' } : { status: 'refused', code: reason === 'no_account' ? 'NO_ACCOUNT' : 'INSUFFICIENT_FUNDS' };
  }
  return outcomes;
}

function assignRecord(lease: Lease) {
  return {
    id: lease.task.id,
    lease_id: lease.leaseId,
    node_id: lease.nodeId,
    operator_id: lease.operatorId,
    assigned_at: time(lease.assignedAtMs),
    lease_until: time(lease.untilMs),
    attempt: lease.task.attempt,
  };
}

function completionRecord({ lease, result, ...c }: Completion) {
  return {
    id: lease.task.id,
    lease_id: lease.leaseId,
    node_id: lease.nodeId,
    started_at: time(result.startedAtMs),
    ended_at: time(c.endedAtMs),
    run_ms: result.runMs,
    units: c.units,
    reward: c.rewardYocto.toString(),
    fee: c.feeYocto.toString(),
    output: c.output,
    output_ref: c.outputRef,
    output_hash: c.outputHash,
    signature: result.signature,
    proof: result.proof,
    signed_units: result.units === c.units ? null : result.units,
    signed_started_ms: c.signedStartedAtMs === result.startedAtMs ? null : c.signedStartedAtMs,
  };
}

function requeueRecord({ lease, failure, lost, endedAtMs }: Requeue): object {
  return { id: lease.task.id, lease_id: lease.leaseId, lost, ended_at: time(endedAtMs), code: failure.code, message: failure.message };
}

function endingRecord(ending: Ending): object {
  return {
    id: ending.taskId,
    lease_id: ending.lease?.leaseId ?? null,
    ended_at: time(ending.endedAtMs),
    units: ending.units,
    reward: ending.rewardYocto.toString(),
    fee: ending.feeYocto.toString(),
    code: ending.failure.code,
    message: ending.failure.message,
  };
}
