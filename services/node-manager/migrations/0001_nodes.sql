create schema if not exists nodes;

create table nodes.node (
  id uuid primary key,
  operator_id uuid not null,
  public_key text not null unique,
  name text not null,
  region text not null,
  -- What the operator wants: 'online', 'maintenance' (keeps its leases, gets no work) or 'drain' (the same, and the agent ends).
  mode text not null default 'online',
  credits integer not null default 0,
  memory_mib integer not null default 0,
  agent_version text,
  hardware jsonb,
  metrics jsonb,
  registered_at timestamptz not null default now(),
  -- The open session; a session whose heartbeat is too old counts as gone.
  session_id uuid,
  instance_id text,
  connected_at timestamptz,
  last_seen_at timestamptz
);
create index node_operator on nodes.node (operator_id, id);
create index node_session on nodes.node (last_seen_at) where session_id is not null;

-- What each node offered last: kept while it is away, for a task must not be refused because its node restarts.
create table nodes.capability (
  node_id uuid not null references nodes.node (id) on delete cascade,
  kind text not null,
  model text not null,
  units_per_second double precision not null,
  primary key (kind, model, node_id)
);
create index capability_node on nodes.capability (node_id);
