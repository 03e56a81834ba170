-- What the node signed where it is not what was judged: units that the kind fixes, a start outside the lease. Null when it is the same.
alter table tasks.task add column signed_units double precision, add column signed_started_ms bigint;

-- One row for each commit that completed tasks. Read in the order of transactions, and only below the oldest one that is still open, so
-- that no commit ever appears behind a reader; numbers of a sequence do not tell that. A commit writes one row, so its xid is the key.
create table tasks.completion_log (
  xid xid8 primary key default pg_current_xact_id(),
  at timestamptz not null default now(),
  task_ids uuid[] not null
);
-- Ids do not compress, and trying costs the hot statement time.
alter table tasks.completion_log alter column task_ids set storage external;

-- How far commits are settled, one row at most; none while nobody settles.
create table tasks.settled (
  one boolean primary key default true check (one),
  through xid8 not null,
  at timestamptz not null default now()
);
