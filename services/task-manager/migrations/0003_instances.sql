-- The task manager that looks after a task that has not ended: has it in its queue, or holds its lease. Writes on the scheduler's behalf
-- are conditional on it, so an instance that was given up for dead can do no harm when it comes back.
alter table tasks.task add column scheduler_id uuid;

-- Task managers, running and gone. All times are the database's own.
create table tasks.scheduler (
  id uuid primary key,
  seen_at timestamptz not null,
  -- Who took over what it looked after; null while it lives.
  heir uuid,
  -- What it counted since it started, told by the others once it is gone.
  counts json
);

-- What was leased before there were several instances belongs to one that is gone, so that the first to start takes it over.
update tasks.task set scheduler_id = '00000000-0000-0000-0000-000000000000' where state in (1, 2);
insert into tasks.scheduler (id, seen_at) values ('00000000-0000-0000-0000-000000000000', 'epoch');
