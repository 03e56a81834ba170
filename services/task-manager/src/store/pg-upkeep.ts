import type { Database } from '@deai/db';
import { firstIdAt } from '@deai/protocol';
import type { TaskStore } from '../domain/ports.ts';

const DAY_MS = 86_400_000;
const PARTITIONED = ['task', 'attempt'] as const;
/** Arbitrary, the same in every instance: only one makes partitions at a time. */
const LOCK = 7_310_001;
const DUPLICATE_TABLE = '42P07';
const OVERLAPS_DEFAULT = '23514';

const TALLY = `
with old as (delete from tasks.node_tally returning node_id, completed, failed, reward)
insert into tasks.node_tally (node_id, completed, failed, reward)
select node_id, sum(completed), sum(failed), sum(reward) from old group by node_id`;

/** Upkeep of the task tables: partitions by day, tallies, old keys. */
export function createPgUpkeep(db: Database): Pick<TaskStore, 'makePartitions' | 'compact'> {
  return {
    async makePartitions(fromMs, untilMs) {
      const made: string[] = [];
      for (let day = Math.floor(fromMs / DAY_MS) * DAY_MS; day <= untilMs; day += DAY_MS) {
        for (const table of PARTITIONED) if (await makePartition(db, table, day)) made.push(partitionName(table, day));
      }
      return made;
    },
    async compact(keysBeforeMs) {
      await db.query(TALLY);
      await db.query('delete from tasks.idempotency where created_at < $1', [new Date(keysBeforeMs)]);
    },
  };
}

function partitionName(table: string, dayMs: number): string {
  return `${table}_${new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** False when it exists, or when the default partition holds rows of that day already: then that day stays there. */
async function makePartition(db: Database, table: string, dayMs: number): Promise<boolean> {
  const name = partitionName(table, dayMs);
  try {
    return await db.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
      const { rows } = await client.query("select to_regclass('tasks.' || $1) as known", [name]);
      if (rows[0]?.known) return false;
      await client.query(
        `create table tasks.${name} partition of tasks.${table} for values from ('${firstIdAt(dayMs)}') to ('${firstIdAt(dayMs + DAY_MS)}')`,
      );
      return true;
    });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === DUPLICATE_TABLE || code === OVERLAPS_DEFAULT) return false;
    throw error;
  }
}
