import { classOf, kindSpec, TASK_STATES, type Task, type TaskKind, taskStateOf } from '@deai/protocol';
import type { TaskDetail } from '../domain/ports.ts';
import type { NewTask } from '../domain/task.ts';
import { type Lease, type LiveTask, PRIORITY_NUMBERS, priorityOf } from '../domain/task.ts';

/** A row of tasks.task as queries return it (without the output). */
export interface TaskRow {
  id: string;
  requester_id: string;
  state: number;
  kind: TaskKind;
  model: string;
  memory_mib: number;
  region: string;
  priority: number;
  timeout_ms: number;
  max_attempts: number;
  attempt: number;
  lost: number;
  unit_yocto: string;
  fee_bps: number;
  units_quoted: number;
  hold: string;
  input: string | null;
  input_ref: string | null;
  input_hash: string;
  labels: Record<string, string> | null;
  created_at: Date;
  lease_id: string | null;
  node_id: string | null;
  operator_id: string | null;
  assigned_at: Date | null;
  lease_until: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
  run_ms: number | null;
  units_used: number | null;
  reward: string | null;
  fee: string | null;
  output_ref: string | null;
  output_hash: string | null;
  error_code: string | null;
  error_message: string | null;
}

/** Columns that make a {@link LiveTask}. */
export const LIVE_COLUMNS = `id, requester_id, state, kind, model, memory_mib, region, priority, timeout_ms, max_attempts, attempt, lost,
  unit_yocto, fee_bps, units_quoted, hold, input, input_ref, input_hash, labels, created_at,
  lease_id, node_id, operator_id, assigned_at, lease_until, started_at`;
/** Columns that make a {@link Task}. */
export const DETAIL_COLUMNS = `id, requester_id, state, kind, model, memory_mib, region, priority, timeout_ms, max_attempts, attempt, lost,
  unit_yocto, fee_bps, units_quoted, hold, input_hash, labels, created_at, node_id, assigned_at, started_at, ended_at,
  run_ms, units_used, reward, fee, output_ref, output_hash, error_code, error_message`;

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** The record that the insert statement takes; `request` is the submission's position in the batch. */
export function insertRecord(request: number, { task, inputText, inputHash, labels, lease }: NewTask) {
  return {
    request,
    id: task.id,
    requester_id: task.requesterId,
    state: lease ? TASK_STATES.assigned : TASK_STATES.pending,
    class: task.classKey,
    kind: task.kind,
    model: task.needs.model,
    memory_mib: task.needs.memoryMiB,
    region: task.needs.region,
    priority: PRIORITY_NUMBERS[task.priority],
    timeout_ms: task.timeoutMs,
    max_attempts: task.maxAttempts,
    attempt: task.attempt,
    unit_yocto: task.unitYocto.toString(),
    fee_bps: task.feeBps,
    units_quoted: task.unitsQuoted,
    hold: task.holdYocto.toString(),
    input: inputText,
    input_ref: task.inputRef,
    input_hash: inputHash,
    labels,
    created_at: iso(task.createdAtMs),
    ...(lease && {
      lease_id: lease.leaseId,
      node_id: lease.nodeId,
      operator_id: lease.operatorId,
      assigned_at: iso(lease.assignedAtMs),
      lease_until: iso(lease.untilMs),
    }),
  };
}

/** A row as the engine works with it. */
export function liveTaskOf(row: TaskRow): LiveTask {
  const needs = { kind: row.kind, model: row.model, memoryMiB: row.memory_mib, region: row.region };
  return {
    id: row.id,
    requesterId: row.requester_id,
    needs,
    classKey: classOf(needs),
    kind: row.kind,
    priority: priorityOf(row.priority),
    timeoutMs: row.timeout_ms,
    maxAttempts: row.max_attempts,
    unitYocto: BigInt(row.unit_yocto),
    feeBps: row.fee_bps,
    unitsQuoted: row.units_quoted,
    holdYocto: BigInt(row.hold),
    createdAtMs: row.created_at.getTime(),
    inputBytes: row.input?.length ?? 0,
    input: row.input === null ? undefined : JSON.parse(row.input),
    inputRef: row.input_ref,
    attempt: row.attempt,
    lost: row.lost,
    avoid: [],
  };
}

/** The lease that a row holds; the row must be in a leased state. */
export function leaseOfRow(row: TaskRow): Lease {
  return {
    leaseId: row.lease_id as string,
    task: liveTaskOf(row),
    nodeId: row.node_id as string,
    operatorId: row.operator_id as string,
    assignedAtMs: (row.assigned_at as Date).getTime(),
    untilMs: (row.lease_until as Date).getTime(),
    startedAtMs: row.started_at?.getTime() ?? null,
    progress: 0,
    written: true,
    settling: null,
  };
}

/** The refund of an ended task: what was held and not charged. */
function refundOf(row: TaskRow): string | null {
  return row.reward === null ? null : (BigInt(row.hold) - BigInt(row.reward) - BigInt(row.fee ?? 0)).toString();
}

/** A row as the API shows it. */
export function taskDetailOf(row: TaskRow): TaskDetail {
  const status = taskStateOf(row.state);
  const startedAtMs = row.started_at?.getTime();
  const task: Task = {
    id: row.id,
    kind: row.kind,
    model: row.model,
    status,
    progress: status === 'completed' ? 1 : 0,
    priority: priorityOf(row.priority),
    requesterId: row.requester_id,
    nodeId: row.node_id,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    timeoutMs: row.timeout_ms,
    labels: row.labels ?? {},
    createdAt: row.created_at.toISOString(),
    assignedAt: row.assigned_at?.toISOString() ?? null,
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    estimatedCompletion: null,
    queueMs: startedAtMs === undefined ? null : Math.max(0, startedAtMs - row.created_at.getTime()),
    runMs: row.run_ms,
    unit: kindSpec(row.kind).unit,
    unitsQuoted: row.units_quoted,
    unitsUsed: row.units_used,
    quoteYocto: row.hold,
    priceYocto: row.reward === null ? null : (BigInt(row.reward) + BigInt(row.fee ?? 0)).toString(),
    rewardYocto: row.reward,
    feeYocto: row.fee,
    refundYocto: refundOf(row),
    verification: 'unverified',
    settlement: 'none',
    inputHash: row.input_hash,
    outputHash: row.output_hash,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
  };
  return { task, outputRef: row.output_ref };
}
