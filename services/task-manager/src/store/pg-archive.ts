import type { Database } from '@deai/db';
import type { ObjectStore } from '@deai/objects';
import { firstIdAt } from '@deai/protocol';
import type { ArchiveReport, TaskArchive } from '../domain/ports.ts';
import { BEFORE_ALL, NOTE_CHUNK, noteValues, readChunk, storeChunk } from './archive-chunk.ts';
import { archivePartition, hasOpenTasks } from './archive-partition.ts';
import { type PartitionMap, readPartitions } from './partitions.ts';

/** Arbitrary, the same in every instance. Held by a session, so that it ends with a crash. */
const LOCK = 7_310_002;
const RUN_MS = 10_000;
const REMOVED_A_RUN = 100;
const REST = 'task_rest';

/** A run under way. `goesOn` is false when its time is up or the archive is stopped. */
export interface ArchiveRun {
  db: Database;
  objects: ObjectStore;
  partitions: PartitionMap;
  report: ArchiveReport;
  goesOn(): boolean;
}

/** The archive on PostgreSQL and an object store. */
export function createPgArchive(db: Database, objects: ObjectStore, partitions: PartitionMap): TaskArchive {
  let stopped = false;
  return {
    archive: (beforeMs) =>
      alone(db, async () => {
        const endMs = performance.now() + RUN_MS;
        const report: ArchiveReport = { tasks: 0, bytes: 0, partitions: [], open: [] };
        const run: ArchiveRun = { db, objects, partitions, report, goesOn: () => !stopped && performance.now() < endMs };
        for (const partition of await readPartitions(db, 'task')) {
          if (partition.untilMs > beforeMs || !run.goesOn()) break;
          if (await hasOpenTasks(db, partition.quoted)) report.open.push(partition.name);
          else await archivePartition(run, partition);
        }
        await archiveRest(run, beforeMs);
        return report;
      }),
    remove: (beforeMs) => alone(db, () => removeChunks(db, objects, beforeMs)),
    stop() {
      stopped = true;
    },
  };
}

/** Runs `work` unless another instance, or another run here, is at such work: then null. */
async function alone<T>(db: Database, work: () => Promise<T>): Promise<T | null> {
  const client = await db.pool.connect();
  let failed = true;
  try {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as got', [LOCK]);
    if (!rows[0].got) {
      failed = false;
      return null;
    }
    const result = await work();
    await client.query('select pg_advisory_unlock($1)', [LOCK]);
    failed = false;
    return result;
  } finally {
    // A connection that may still hold the lock is closed.
    client.release(failed);
  }
}

/** Rows of the default partition go one by one, each chunk with its note in one transaction; open tasks stay. */
async function archiveRest({ db, objects, report, goesOn }: ArchiveRun, beforeMs: number): Promise<void> {
  const ended = `t.id < '${firstIdAt(beforeMs)}' and t.state not in (0, 1, 2)`;
  while (goesOn()) {
    const chunk = await readChunk(db, `tasks.${REST}`, BEFORE_ALL, ended);
    if (!chunk) return;
    const stored = await storeChunk(objects, chunk);
    await db.transaction(async (client) => {
      const { rows } = await client.query('select coalesce(max(chunk), -1) + 1 as next from tasks.archive where partition = $1', [REST]);
      await client.query(NOTE_CHUNK, noteValues(REST, rows[0].next, stored));
      const gone = await client.query(`delete from tasks.${REST} where id = any($1)`, [chunk.ids]);
      if (gone.rowCount !== chunk.ids.length) throw new Error('rows of the default partition went while they were archived');
      await client.query('delete from tasks.attempt where task_id = any($1)', [chunk.ids]);
    });
    report.tasks += stored.rows;
    report.bytes += stored.bytes;
  }
}

/**
 * Removes old chunks with their objects. The object goes before the index row is committed as gone: a crash in between removes it again,
 * and leaves no object that nobody knows. Nothing else can have the same bytes: inputs and outputs are JSON, chunks are gzip.
 * Large inputs and outputs of these tasks stay: a submission may be storing the same bytes at this moment, and find them there.
 */
async function removeChunks(db: Database, objects: ObjectStore, beforeMs: number): Promise<number> {
  const { rows: old } = await db.query<{ partition: string; chunk: number; object_ref: string }>(
    'select partition, chunk, object_ref from tasks.archive where last_id < $1 order by first_id limit $2',
    [firstIdAt(Math.max(0, beforeMs)), REMOVED_A_RUN],
  );
  for (const { partition, chunk, object_ref } of old) {
    await db.transaction(async (client) => {
      await client.query('delete from tasks.archive where partition = $1 and chunk = $2', [partition, chunk]);
      const others = await client.query('select 1 from tasks.archive where object_ref = $1 limit 1', [object_ref]);
      if (others.rowCount === 0) await objects.delete(object_ref);
    });
  }
  return old.length;
}
