create schema if not exists monitoring;

-- One row an interval, whichever instance writes it: `slot` is the start of the interval.
create table monitoring.sample (
  slot timestamptz primary key,
  at timestamptz not null,
  active_nodes integer not null,
  registered_nodes integer not null,
  pending_tasks bigint not null,
  running_tasks bigint not null,
  completed_tasks bigint not null,
  failed_tasks bigint not null,
  throughput double precision not null,
  queue_ms_p50 double precision not null,
  queue_ms_p95 double precision not null,
  uptime_s double precision not null
);

-- A service changed its state. The state of a service is the `to_status` of its last row; `ok` when there is none.
create table monitoring.incident (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  service text not null,
  from_status text not null,
  to_status text not null,
  detail text,
  check (from_status <> to_status)
);
create index incident_of_service on monitoring.incident (service, id desc);
create index incident_at on monitoring.incident (at);
