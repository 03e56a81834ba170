import type { Database } from '@deai/db';
import { firstIdAt } from '@deai/protocol';
import type { TaskStore } from '../domain/ports.ts';
import { missingRanges, partitionName, type TimeRange } from './partition-ranges.ts';
import { PARTITION_STORAGE, type PartitionMap, readPartitions } from './partitions.ts';
import { LOCK_TIMEOUT, withLocks } from './with-locks.ts';

const PARTITIONED = ['task', 'attempt'] as const;
/** Arbitrary, the same in every instance: only one makes partitions at a time. */
const LOCK = 7_310_001;
const DUPLICATE_TABLE = '42P07';
const OVERLAPS = '42P17';
const OVERLAPS_DEFAULT = '23514';

const TALLY = `
with old as (delete from tasks.node_tally returning node_id, completed, failed, reward)
insert into tasks.node_tally (node_id, completed, failed, reward)
select node_id, sum(completed), sum(failed), sum(reward) from old group by node_id`;

/** Upkeep of the task tables: partitions of `partitionMs` each, tallies, old keys. */
export function createPgUpkeep(
  db: Database,
  partitions: PartitionMap,
  partitionMs: number,
): Pick<TaskStore, 'makePartitions' | 'compact' | 'refreshPartitions'> {
  return {
    async makePartitions(fromMs, untilMs) {
      const made: string[] = [];
      for (const table of PARTITIONED) {
        for (const range of missingRanges(await readPartitions(db, table), fromMs, untilMs, partitionMs)) {
          if (await makePartition(db, table, range)) made.push(partitionName(table, range));
        }
      }
      await partitions.refresh();
      return made;
    },
    async compact(keysBeforeMs) {
      await db.query(TALLY);
      await db.query('delete from tasks.idempotency where created_at < $1', [new Date(keysBeforeMs)]);
    },
    async refreshPartitions() {
      await partitions.refresh();
      return partitions.size;
    },
  };
}

/**
 * False when it exists, or when the default partition holds rows of that time already: then that time stays there. The table is made first
 * and attached then: that takes no lock which submissions wait for, `partition of` would.
 */
async function makePartition(db: Database, table: string, range: TimeRange): Promise<boolean> {
  const name = partitionName(table, range);
  const bounds = `from ('${firstIdAt(range.fromMs)}') to ('${firstIdAt(range.untilMs)}')`;
  try {
    return await withLocks(() =>
      db.transaction(async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
        const { rows } = await client.query("select to_regclass('tasks.' || $1) as known", [name]);
        if (rows[0]?.known) return false;
        await client.query(LOCK_TIMEOUT);
        await client.query(`create table tasks.${name} (like tasks.${table} including all excluding indexes) ${PARTITION_STORAGE}`);
        await client.query(`alter table tasks.${table} attach partition tasks.${name} for values ${bounds}`);
        return true;
      }),
    );
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if ([DUPLICATE_TABLE, OVERLAPS, OVERLAPS_DEFAULT].includes(code)) return false;
    throw error;
  }
}
