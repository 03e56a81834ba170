import { recordSet } from '@deai/db';
import { type JournalReason, TASK_STATES } from '@deai/protocol';

/**
 * `state + 0` keeps the planner off the partial indexes on state: planned on an empty table, it would scan one of them whole for
 * every row, and keep that plan when a million tasks wait. Only the primary key is left to it; which side of the join it reads first
 * follows from the table's size of the moment, for hot connections plan anew every second.
 */
const STATE = '(t.state + 0)';
const { pending, assigned, in_progress, completed, failed, cancelled } = TASK_STATES;

/** Leases to be written. */
export const ASSIGNMENTS = recordSet({
  id: 'uuid',
  lease_id: 'uuid',
  node_id: 'uuid',
  operator_id: 'uuid',
  assigned_at: 'timestamptz',
  lease_until: 'timestamptz',
  attempt: 'smallint',
});

/** After the {@link ASSIGNMENTS}: the instance that holds the leases. A task that was attempted since it read the task is left alone. */
export const ASSIGN = `
update tasks.task t
set state = ${assigned}, lease_id = x.lease_id, node_id = x.node_id, operator_id = x.operator_id,
    assigned_at = x.assigned_at, lease_until = x.lease_until, attempt = x.attempt, started_at = null,
    scheduler_id = $${ASSIGNMENTS.size + 1}::uuid
from ${ASSIGNMENTS.source}
where t.id = x.id and ${STATE} = ${pending} and t.attempt < x.attempt
returning t.lease_id`;

/** Starts of leased tasks. */
export const STARTS = recordSet({ id: 'uuid', lease_id: 'uuid', started_at: 'timestamptz', lease_until: 'timestamptz' });

/** After the {@link STARTS}: the instance that must hold the leases still. */
export const START = `
update tasks.task t
set state = ${in_progress}, started_at = x.started_at, lease_until = x.lease_until
from ${STARTS.source}
where t.id = x.id and t.lease_id = x.lease_id and t.scheduler_id = $${STARTS.size + 1}::uuid and ${STATE} = ${assigned}`;

/** Settles what `done` ended: one journal for the whole batch, one movement per account. */
function settleAndTally(reason: JournalReason, tally: string): string {
  return `
money as (
  select ledger.settle((
    select jsonb_agg(jsonb_build_object('requester', requester_id, 'operator', operator_id,
      'hold', hold::text, 'reward', reward::text, 'fee', fee::text, 'tasks', tasks))
    from (select requester_id, operator_id, sum(hold) hold, sum(reward) reward, sum(fee) fee, count(*) tasks
          from done group by requester_id, operator_id) g), '${reason}') as journal
), tally as (
  insert into tasks.node_tally (node_id, completed, failed, reward)
  select node_id, ${tally}, sum(reward) from done where node_id is not null group by node_id
)`;
}

/** Results that were judged good. */
export const COMPLETIONS = recordSet({
  id: 'uuid',
  lease_id: 'uuid',
  node_id: 'uuid',
  started_at: 'timestamptz',
  ended_at: 'timestamptz',
  run_ms: 'double precision',
  units: 'double precision',
  reward: 'numeric',
  fee: 'numeric',
  output: 'text',
  output_ref: 'text',
  output_hash: 'text',
  signature: 'text',
  proof: 'text[]',
  signed_units: 'double precision',
  signed_started_ms: 'bigint',
});

/**
 * Completion, reward, fee, refund, the node's tally and a row of the completion log in one commit; a lease that was lost is left alone and not returned.
 * Carries a task through `assigned → in_progress → completed` when its start was not written yet.
 * The log's row costs 0.07 to 0.2 ms of PostgreSQL's processor time a commit (2 to 4 % of one with 30 tasks, 1 % of one with 500) and
 * 21 bytes a task.
 */
export const COMPLETE = `
with done as (
  update tasks.task t
  set state = ${completed}, started_at = x.started_at, ended_at = x.ended_at, run_ms = x.run_ms, units_used = x.units,
      reward = x.reward, fee = x.fee, output = x.output, output_ref = x.output_ref, output_hash = x.output_hash,
      signature = x.signature, proof = x.proof::text[], signed_units = x.signed_units, signed_started_ms = x.signed_started_ms,
      lease_until = null
  from ${COMPLETIONS.source}
  where t.id = x.id and t.lease_id = x.lease_id and t.node_id = x.node_id and ${STATE} in (${assigned}, ${in_progress})
  returning t.id, t.lease_id, t.requester_id, t.operator_id, t.node_id, t.hold, x.reward, x.fee
), logged as (
  insert into tasks.completion_log (task_ids) select array_agg(id) from done having count(*) > 0
), ${settleAndTally('completion', 'count(*), 0')}
select done.lease_id from done cross join money`;

/** Back to the queue, with the attempt on record. $1: {id, lease_id, lost, ended_at, code, message}[], $2: the instance that must hold them. */
export const REQUEUE = `
with x as (
  select * from json_to_recordset($1::json) as r(id uuid, lease_id uuid, lost smallint, ended_at timestamptz, code text, message text)
), before as (
  select t.id, t.attempt, t.node_id, t.lease_id, t.assigned_at, t.started_at, x.lost, x.ended_at, x.code, x.message
  from x join tasks.task t on t.id = x.id
  where t.lease_id = x.lease_id and t.scheduler_id = $2::uuid and ${STATE} in (${assigned}, ${in_progress})
  for update of t
), back as (
  update tasks.task t
  set state = ${pending}, lease_id = null, node_id = null, operator_id = null, assigned_at = null, lease_until = null, started_at = null,
      lost = b.lost, error_code = b.code, error_message = b.message
  from before b where t.id = b.id
), noted as (
  insert into tasks.attempt (task_id, attempt, node_id, assigned_at, started_at, ended_at, error_code, error_message)
  select id, attempt, node_id, assigned_at, started_at, ended_at, code, message from before
  on conflict do nothing
)
select lease_id from before`;

/** The end of tasks that did not complete. A given lease must still be held, by instance $2; without one any open state will do. */
export function endStatement(state: 'failed' | 'cancelled', reason: JournalReason): string {
  return `
with x as (
  select * from json_to_recordset($1::json) as r(
    id uuid, lease_id uuid, ended_at timestamptz, units double precision, reward numeric, fee numeric, code text, message text)
), before as (
  select t.id, t.attempt, t.node_id, t.assigned_at, t.started_at, t.state, x.ended_at, x.code, x.message, x.units, x.reward, x.fee
  from x join tasks.task t on t.id = x.id
  where ${STATE} in (${pending}, ${assigned}, ${in_progress}) and (x.lease_id is null or (t.lease_id = x.lease_id and t.scheduler_id = $2::uuid))
  for update of t
), done as (
  update tasks.task t
  set state = ${state === 'failed' ? failed : cancelled}, ended_at = b.ended_at, units_used = b.units, reward = b.reward, fee = b.fee,
      error_code = b.code, error_message = b.message, lease_until = null
  from before b where t.id = b.id
  returning t.id, t.requester_id, t.operator_id, t.node_id, t.hold, b.reward, b.fee
), noted as (
  insert into tasks.attempt (task_id, attempt, node_id, assigned_at, started_at, ended_at, error_code, error_message)
  select id, attempt, node_id, assigned_at, started_at, ended_at, code, message from before where state <> ${pending}
  on conflict do nothing
), ${settleAndTally(reason, state === 'failed' ? '0, count(*)' : '0, 0')}
select done.id from done cross join money`;
}
