import { recordSet } from '@deai/db';

/** A new task as the statement takes it; `request` is the position of its submission in the batch. */
export const NEW_TASKS = recordSet({
  request: 'integer',
  id: 'uuid',
  requester_id: 'uuid',
  state: 'smallint',
  class: 'text',
  kind: 'text',
  model: 'text',
  memory_mib: 'integer',
  region: 'text',
  priority: 'smallint',
  timeout_ms: 'integer',
  max_attempts: 'smallint',
  attempt: 'smallint',
  unit_yocto: 'numeric',
  fee_bps: 'integer',
  units_quoted: 'double precision',
  hold: 'numeric',
  input: 'text',
  input_ref: 'text',
  input_hash: 'text',
  labels: 'json',
  created_at: 'timestamptz',
  lease_id: 'uuid',
  node_id: 'uuid',
  operator_id: 'uuid',
  assigned_at: 'timestamptz',
  lease_until: 'timestamptz',
});

const COLUMNS = `id, requester_id, state, class, kind, model, memory_mib, region, priority, timeout_ms, max_attempts, attempt,
  unit_yocto, fee_bps, units_quoted, hold, input, input_ref, input_hash, created_at,
  lease_id, node_id, operator_id, assigned_at, lease_until`;

const HOLDS = NEW_TASKS.size + 1;
const KEYS = NEW_TASKS.size + 2;

/**
 * One commit for a whole batch of submissions: holds, tasks, idempotency keys. One statement, so one round trip and no
 * explicit transaction. First the {@link NEW_TASKS}, then holds ({owner, amount, tasks}[]) and keys, both as JSON.
 * The accepted requests are compared as an array: with hash joins turned off, a join would compare every pair of rows.
 */
export const SUBMIT = `
with held as materialized (
  select idx, ok, reason from ledger.place_holds($${HOLDS}::jsonb)
), stored as (
  insert into tasks.task (${COLUMNS}, labels)
  select ${COLUMNS}, labels::json from ${NEW_TASKS.source}
  where x.request = any(array(select idx from held where ok))
), keyed as (
  insert into tasks.idempotency (requester_id, key, request_hash, task_ids)
  select k.requester_id, k.key, k.request_hash, k.task_ids
  from json_to_recordset($${KEYS}::json) as k(request int, requester_id uuid, key text, request_hash text, task_ids uuid[])
  where k.request = any(array(select idx from held where ok))
)
select idx, ok, reason from held`;

/** Earlier submissions under the same keys. $1: {requester_id, key}[] */
export const FIND_KEYS = `
select i.requester_id, i.key, i.request_hash, i.task_ids
from json_to_recordset($1::json) as k(requester_id uuid, key text)
join tasks.idempotency i on i.requester_id = k.requester_id and i.key = k.key`;
