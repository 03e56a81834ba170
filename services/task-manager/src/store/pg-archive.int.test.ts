import { createFolderStore, type ObjectStore } from '@deai/objects';
import { firstIdAt, newId } from '@deai/protocol';
import { createTestDatabase, type TestDatabase, tempDir } from '@deai/testkit';
import { beforeEach, expect, test } from 'vitest';
import { createArchiveReader } from './archive-reader.ts';
import { createPartitionMap, type PartitionMap } from './partitions.ts';
import { createPgArchive } from './pg-archive.ts';
import { createPgTaskStore } from './pg-task-store.ts';

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 8, 1);
const ROWS = 6_000;

let db: TestDatabase;
let objects: ObjectStore;
let map: PartitionMap;
let store: ReturnType<typeof createPgTaskStore>;

/** Ended tasks from `atMs` on, each a millisecond after the other; every third has a failed attempt. */
const FILL = `
insert into tasks.task (id, requester_id, state, class, kind, model, memory_mib, region, priority, timeout_ms, max_attempts, attempt,
  unit_yocto, fee_bps, units_quoted, hold, input, input_hash, labels, created_at, node_id, assigned_at, started_at, ended_at, run_ms,
  units_used, reward, fee, output, output_hash)
select ($1::uuid[])[i], $2, $3, 'c', 'language-id', 'm', 1, '', 1, 1, 3, 2, 123456789012345678901234567890, 500, 1,
  123456789012345678901234567890, '{"a":1}', 'h', '{"z":"1","a":"ü"}', now() - interval '1.234567 s', $2, now(), now(), now(), 5,
  1, 999999999999999999999999999, 7, '{"o":"' || i || '"}', 'oh'
from generate_series(1, cardinality($1::uuid[])) i`;
const FAIL = `
insert into tasks.attempt (task_id, attempt, node_id, assigned_at, started_at, ended_at, error_code, error_message)
select id, 1, $2, now(), null, now(), 'LEASE_EXPIRED', 'late' from unnest($1::uuid[]) with ordinality as x(id, n) where n % 3 = 0`;

async function fill(atMs: number, count: number, state = 3): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => firstIdAt(atMs + i).replace(/.$/, 'f'));
  await db.query(FILL, [ids, newId(), state]);
  await db.query(FAIL, [ids, newId()]);
  return ids;
}
async function told(ids: string[]) {
  return await Promise.all(
    ids.map(async (id) => ({
      detail: await store.detail(id),
      request: await store.requestOf(id),
      output: await store.outputOf(id),
      events: await store.events(id),
    })),
  );
}
const archiveOn = (on: ObjectStore) => createPgArchive(db, on, map);
async function rowsIn(table: string): Promise<number> {
  return (await db.query<{ count: number }>(`select count(*) as count from ${table}`)).rows[0]?.count ?? 0;
}
async function archivedRows(): Promise<number> {
  return (await db.query<{ sum: number }>('select coalesce(sum(rows), 0)::int as sum from tasks.archive')).rows[0]?.sum ?? 0;
}

beforeEach(async () => {
  db = await createTestDatabase();
  objects = await createFolderStore({ directory: await tempDir('deai-archive-') });
  map = createPartitionMap(db);
  const hot = await db.hotConnections(1, 'test');
  store = createPgTaskStore(db, hot, newId(), { partitions: map, archive: createArchiveReader(db, objects) });
  await store.makePartitions(T0, T0 + 2 * DAY);
});

test('tells the same of a task before and after it was archived', async () => {
  const ids = [...(await fill(T0, ROWS)), ...(await fill(T0 + 5 * DAY, 10))];
  const young = await fill(T0 + 2 * DAY, 5);
  const some = [0, 1, 2, 4_999, 5_000, ROWS - 1, ROWS, ROWS + 9].map((i) => ids[i] as string);
  const before = await told([...some, ...young]);
  const details = await store.details([...some, ...young]);
  expect(before[2]?.events.map((event) => event.event)).toContain('attempt_failed');
  expect(map.tableFor(T0)).toBe('tasks.task_20260901');

  const report = await archiveOn(objects).archive(T0 + 6 * DAY - 1);
  expect(report).toMatchObject({ tasks: ROWS + 15, partitions: ['task_20260901', 'task_20260902', 'task_20260903'], open: [] });
  expect(await rowsIn('tasks.task')).toBe(0);
  expect(await rowsIn('tasks.attempt')).toBe(0);
  expect(map.tableFor(T0)).toBe('tasks.task');
  expect(await told([...some, ...young])).toEqual(before);
  expect(await store.details([...some, ...young])).toEqual(details);
  expect(await store.detail(firstIdAt(T0 + 3))).toBeUndefined();
  expect(await store.detail(newId())).toBeUndefined();
  expect(await archiveOn(objects).archive(T0 + 6 * DAY)).toMatchObject({ tasks: 0, partitions: [] });
});

test('an open task keeps its partition, or its row in the default one, until it has ended', async () => {
  await fill(T0, 10);
  const [open] = await fill(T0 + 50, 1, 0);
  await fill(T0 + 9 * DAY, 3);
  const [openRest] = await fill(T0 + 9 * DAY + 50, 1, 1);
  expect(await archiveOn(objects).archive(T0 + 10 * DAY)).toMatchObject({ tasks: 3, open: ['task_20260901'] });
  expect(await store.detail(open as string)).toMatchObject({ task: { status: 'pending' } });
  expect(await rowsIn('tasks.task')).toBe(12);
  await db.query('update tasks.task set state = 5, ended_at = now() where id = any($1)', [[open, openRest]]);
  expect(await archiveOn(objects).archive(T0 + 10 * DAY)).toMatchObject({ tasks: 12, partitions: ['task_20260901'], open: [] });
  expect(await told([open as string, openRest as string])).toMatchObject([{ detail: { task: {} } }, { detail: { task: {} } }]);
  expect(await rowsIn('tasks.task')).toBe(0);
});

test('resumes after a crash at any statement or object, without loss or doubling', async () => {
  const ids = [...(await fill(T0, ROWS)), ...(await fill(T0 + 9 * DAY, 10))];
  const some = [0, 4_999, 5_000, ROWS + 9].map((i) => ids[i] as string);
  const before = await told(some);
  let crashes = 0;
  for (let step = 1, done = false; !done; step++) {
    let left = step;
    // Breaks after the step took effect: what follows never happens.
    const breaking = <T>(call: Promise<T>): Promise<T> =>
      call.then((result) => {
        if (--left <= 0) throw new Error('crash');
        return result;
      });
    const fragile = {
      ...db,
      query: <Row>(text: string, values?: readonly unknown[]) => breaking(db.query<Row>(text, values)),
      transaction: <T>(work: Parameters<typeof db.transaction<T>>[0]) => breaking(db.transaction(work)),
    };
    const archive = createPgArchive(fragile, { ...objects, put: (bytes) => breaking(objects.put(bytes)) }, createPartitionMap(fragile));
    const report = await archive.archive(T0 + 10 * DAY).catch((error: Error) => {
      expect(error.message).toBe('crash');
      crashes++;
    });
    expect(await told(some)).toEqual(before);
    // The session of the crash before may still be ending, and holds the lock till then: the same step once more.
    if (report === null) step--;
    done = Boolean(report);
  }
  expect(crashes).toBeGreaterThan(5);
  expect(await archivedRows()).toBe(ids.length);
  expect(await rowsIn('tasks.task')).toBe(0);
}, 60_000);

test('of two instances one archives at a time, and together they archive everything once', async () => {
  await fill(T0, ROWS);
  const reports = await Promise.all([1, 2, 3].map(() => archiveOn(objects).archive(T0 + 5 * DAY)));
  expect(reports.filter((report) => report !== null)).toHaveLength(1);
  expect(await archivedRows()).toBe(ROWS);
});

test('a late row with an old id makes the partition be archived anew', async () => {
  await fill(T0 + 10, 10);
  const late = { ...objects, put: (bytes: Uint8Array) => fill(T0, 1).then(() => objects.put(bytes)) };
  expect(await archiveOn(late).archive(T0 + DAY)).toMatchObject({ partitions: [] });
  expect(await rowsIn('tasks.task')).toBe(11);
  expect(await archiveOn(objects).archive(T0 + DAY)).toMatchObject({ partitions: ['task_20260901'] });
  expect(await archivedRows()).toBe(11);
});

test('retention removes old chunks with their objects, and leaves the younger', async () => {
  const [[old], [young]] = [await fill(T0, 5), await fill(T0 + DAY, 5)];
  await archiveOn(objects).archive(T0 + 5 * DAY);
  const { rows } = await db.query<{ object_ref: string }>('select object_ref from tasks.archive order by first_id');
  expect(await archiveOn(objects).remove(T0 + DAY)).toBe(1);
  expect(await archiveOn(objects).remove(T0 + DAY)).toBe(0);
  expect(await Promise.all(rows.map((row) => objects.has(row.object_ref)))).toEqual([false, true]);
  expect(await store.detail(old as string)).toBeUndefined();
  expect(await store.detail(young as string)).toBeDefined();
});
