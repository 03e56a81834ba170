import type pg from 'pg';

/** What PostgreSQL did beside the statements. */
export interface DatabaseWork {
  checkpointsBegun: number;
  checkpointsDone: number;
  /** Time spent writing and syncing pages of checkpoints that were done. */
  checkpointSeconds: number;
  autovacuums: number;
  autoanalyzes: number;
  walMiB: number;
}

const SNAPSHOT = `
select c.num_timed + c.num_requested as begun, c.num_done as done, (c.write_time + c.sync_time) / 1000 as seconds,
  t.vacuums, t.analyzes, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') / 1048576 as wal
from pg_stat_checkpointer c,
  (select sum(autovacuum_count) as vacuums, sum(autoanalyze_count) as analyzes from pg_stat_all_tables) t`;

/** Counts since the cluster was made. */
export async function databaseWork(database: pg.Client): Promise<DatabaseWork> {
  const { rows } = await database.query<Record<'begun' | 'done' | 'seconds' | 'vacuums' | 'analyzes' | 'wal', string>>(SNAPSHOT);
  const [row] = rows;
  return {
    checkpointsBegun: Number(row?.begun),
    checkpointsDone: Number(row?.done),
    checkpointSeconds: Number(row?.seconds),
    autovacuums: Number(row?.vacuums),
    autoanalyzes: Number(row?.analyzes),
    walMiB: Number(row?.wal),
  };
}

/** What was done in between, in whole numbers. */
export function workBetween(before: DatabaseWork, after: DatabaseWork): DatabaseWork {
  const entries = Object.entries(after).map(([name, count]) => [name, Math.round(count - before[name as keyof DatabaseWork])]);
  return Object.fromEntries(entries) as unknown as DatabaseWork;
}
