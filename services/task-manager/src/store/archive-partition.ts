import type { Database } from '@deai/db';
import { firstIdAt } from '@deai/protocol';
import { BEFORE_ALL, NOTE_CHUNK, noteValues, readChunk, type StoredChunk, storeChunk } from './archive-chunk.ts';
import { type Partition, readPartitions } from './partitions.ts';
import type { ArchiveRun } from './pg-archive.ts';
import { LOCK_TIMEOUT, withLocks } from './with-locks.ts';

type Queries = Pick<Database, 'query'>;
type Noted = Pick<StoredChunk, 'last_id' | 'rows'> & { chunk: number };

/** Two questions, for each has its partial index. */
export async function hasOpenTasks(db: Queries, table: string): Promise<boolean> {
  const { rows } = await db.query<{ open: boolean }>(
    `select exists (select 1 from ${table} where state = 0) or exists (select 1 from ${table} where state in (1, 2)) as open`,
  );
  return rows[0]?.open === true;
}

/** Archives a partition whose tasks have all ended, as far as the run's time goes; begins after what an earlier run noted. */
export async function archivePartition(run: ArchiveRun, partition: Partition): Promise<void> {
  const { db, partitions, report } = run;
  await db.query('insert into tasks.archived_partition (name, first_id, until_id) values ($1, $2, $3) on conflict do nothing', [
    partition.name,
    firstIdAt(partition.fromMs),
    firstIdAt(partition.untilMs),
  ]);
  await partitions.refresh();
  if (!(await writeChunks(run, partition))) return;
  const lastId = await verify(db, partition);
  if (lastId === undefined) return;
  if (await withLocks(() => drop(db, partition, lastId))) report.partitions.push(partition.name);
  await partitions.refresh();
}

/** False when the run's time was up before the end. */
async function writeChunks({ db, objects, report, goesOn }: ArchiveRun, { name, quoted }: Partition): Promise<boolean> {
  const noted = await db.query<Noted>('select chunk, last_id, rows from tasks.archive where partition = $1 order by chunk desc limit 1', [
    name,
  ]);
  let number = (noted.rows[0]?.chunk ?? -1) + 1;
  let after = noted.rows[0]?.last_id ?? BEFORE_ALL;
  while (goesOn()) {
    const chunk = await readChunk(db, quoted, after);
    if (!chunk) return true;
    const stored = await storeChunk(objects, chunk);
    await db.query(NOTE_CHUNK, noteValues(name, number, stored));
    report.tasks += stored.rows;
    report.bytes += stored.bytes;
    after = stored.last_id;
    number++;
  }
  return false;
}

/**
 * Counts chunk by chunk, in short statements, whether every row was archived, and returns the last id. A row that came late, with an old
 * id, is in no chunk: then the partition's chunks are forgotten, and the next run writes them anew.
 */
async function verify(db: Database, { name, quoted }: Partition): Promise<string | undefined> {
  const { rows: chunks } = await db.query<Noted>('select chunk, last_id, rows from tasks.archive where partition = $1 order by chunk', [
    name,
  ]);
  let after = BEFORE_ALL;
  for (const chunk of chunks) {
    const { rows } = await db.query<{ count: number }>(`select count(*) as count from ${quoted} where id > $1 and id <= $2`, [
      after,
      chunk.last_id,
    ]);
    if (rows[0]?.count !== chunk.rows) {
      await db.query('delete from tasks.archive where partition = $1', [name]);
      return undefined;
    }
    after = chunk.last_id;
  }
  return after;
}

/**
 * Takes the partition and its attempts away in one transaction, unless a row came after the last archived one. `detach … concurrently` is
 * not to be had beside a default partition. PostgreSQL unlinks the files after it has released the locks.
 */
async function drop(db: Database, partition: Partition, lastId: string): Promise<boolean> {
  const attempts = (await readPartitions(db, 'attempt')).filter((a) => a.fromMs >= partition.fromMs && a.untilMs <= partition.untilMs);
  return await db.transaction(async (client) => {
    await client.query(LOCK_TIMEOUT);
    const ends = [firstIdAt(partition.fromMs), firstIdAt(partition.untilMs)];
    // Those in partitions of another length, or in the default one; few, if any.
    const inside = attempts.map((a) => `'${a.quoted}'::regclass`).join(', ');
    const elsewhere = inside && `and tableoid not in (${inside})`;
    await client.query(`delete from tasks.attempt where task_id >= $1 and task_id < $2 ${elsewhere}`, ends);
    await client.query(`alter table tasks.task detach partition ${partition.quoted}`);
    const late = await client.query(`select 1 from ${partition.quoted} where id > $1 limit 1`, [lastId]);
    if (late.rowCount !== 0) throw new Error(`a task came into partition ${partition.name} while it was archived`);
    for (const { quoted } of attempts) await client.query(`alter table tasks.attempt detach partition ${quoted}`);
    for (const { quoted } of [partition, ...attempts]) await client.query(`drop table ${quoted}`);
    await client.query('update tasks.archived_partition set archived_at = now() where name = $1', [partition.name]);
    return true;
  });
}
