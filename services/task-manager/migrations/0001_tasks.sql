create schema if not exists tasks;

-- Partitioned by time through UUIDv7 ids: a lookup by id prunes to one partition, an old partition is detached whole.
create table tasks.task (
  id uuid not null,
  requester_id uuid not null,
  state smallint not null,
  class text not null,
  kind text not null,
  model text not null,
  memory_mib integer not null,
  region text not null,
  priority smallint not null,
  timeout_ms integer not null,
  max_attempts smallint not null,
  attempt smallint not null default 0,
  lost smallint not null default 0,
  unit_yocto numeric(60, 0) not null,
  fee_bps integer not null,
  units_quoted double precision not null,
  hold numeric(60, 0) not null,
  input text,
  input_ref text,
  input_hash text not null,
  labels json,
  created_at timestamptz not null,
  lease_id uuid,
  node_id uuid,
  operator_id uuid,
  assigned_at timestamptz,
  lease_until timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  run_ms double precision,
  units_used double precision,
  reward numeric(60, 0),
  fee numeric(60, 0),
  output text,
  output_ref text,
  output_hash text,
  signature text,
  proof text[],
  error_code text,
  error_message text,
  primary key (id)
) partition by range (id);

-- Catches ids outside every partition, so that a late upkeep job never refuses a task.
create table tasks.task_rest partition of tasks.task default;

-- The waiting tasks of one flow (class, requester, priority) in order; also skip-scanned at start to find the flows.
create index task_waiting on tasks.task (class, requester_id, priority, id) where state = 0;
create index task_leased on tasks.task (node_id, lease_until) where state in (1, 2);
create index task_by_requester on tasks.task (requester_id, id desc);

-- One row for each attempt that did not complete.
create table tasks.attempt (
  task_id uuid not null,
  attempt smallint not null,
  node_id uuid,
  assigned_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz not null,
  error_code text not null,
  error_message text not null,
  primary key (task_id, attempt)
) partition by range (task_id);
create table tasks.attempt_rest partition of tasks.attempt default;

create table tasks.idempotency (
  requester_id uuid not null,
  key text not null,
  request_hash text not null,
  task_ids uuid[] not null,
  created_at timestamptz not null default now(),
  primary key (requester_id, key)
);
create index idempotency_age on tasks.idempotency (created_at);

-- What nodes ended, added up by a job: appending never waits for another completion.
create table tasks.node_tally (
  node_id uuid not null,
  completed bigint not null,
  failed bigint not null,
  reward numeric(60, 0) not null
);
create index node_tally_node on tasks.node_tally (node_id);
