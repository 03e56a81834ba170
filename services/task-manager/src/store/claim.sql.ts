import { LIVE_COLUMNS } from './task-row.ts';

/**
 * A sign of life of $1 with its counts $2, and every other instance with the time since its last one.
 * Writes nothing when the others gave this one up: `kept` is 0 then, and at its first time.
 */
export const BEAT = `
with mine as (
  update tasks.scheduler set seen_at = now(), counts = $2 where id = $1 and heir is null returning 1
)
select (select count(*) from mine) as kept, s.id, s.heir, s.counts,
  extract(epoch from now() - s.seen_at)::double precision * 1000 as silent_ms
from (select 1) always left join tasks.scheduler s on s.id <> $1`;

/** The first sign of life, or one after having been given up. */
export const JOIN = `
insert into tasks.scheduler (id, seen_at, counts) values ($1, now(), $2)
on conflict (id) do update set seen_at = now(), heir = null, counts = excluded.counts`;

/** A stop: the others need not wait for the silence. */
export const LEAVE = `update tasks.scheduler set seen_at = now() - interval '1 day', counts = $2 where id = $1`;

/** Makes $1 the heir of instances $2, each of one heir only; those whose heir is among $3, which are gone, change hands again. */
export const INHERIT = `
update tasks.scheduler set heir = $1 where id = any($2) and (heir is null or heir = any($3)) returning id`;

/** Instances that ended so long ago that nothing of theirs is open; a waiting task of an id that is not listed is anybody's. */
export const FORGET = `
delete from tasks.scheduler where seen_at < now() - interval '7 days'`;

const TO_ME = `update tasks.task t set scheduler_id = $1`;

/** Every lease of nodes $2, from whoever held it. */
export const CLAIM_NODES = `${TO_ME} where node_id = any($2) and state in (1, 2) returning ${LIVE_COLUMNS}`;

/** Every lease of instances $2, which are gone. Sequential over the open leases: it runs when an instance dies. */
export const CLAIM_INSTANCES = `${TO_ME} where scheduler_id = any($2) and state in (1, 2) returning ${LIVE_COLUMNS}`;

/** Leases $2 that are still open. */
export const CLAIM_LEASES = `${TO_ME} where id = any($2) and lease_id = any($3) and state in (1, 2) returning ${LIVE_COLUMNS}`;

/** Leases that ended before $2 by their own time, at most $3, whoever holds them; those that another instance is taking are left to it. */
export const CLAIM_EXPIRED = `
${TO_ME}
where id = any(array(
  select id from tasks.task where state in (1, 2) and lease_until < $2 order by lease_until limit $3 for update skip locked))
returning ${LIVE_COLUMNS}`;

/** Tasks $1 as far as they wait. */
export const WAITING_BY_ID = `select ${LIVE_COLUMNS} from tasks.task where id = any($1) and state = 0 order by id`;
