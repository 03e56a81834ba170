import { firstIdAt } from '@deai/protocol';
import { createTestDatabase, type TestDatabase } from '@deai/testkit';
import { beforeEach, expect, test } from 'vitest';
import { createPartitionMap, type PartitionMap, readPartitions } from './partitions.ts';
import { createPgUpkeep } from './pg-upkeep.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const T0 = Date.UTC(2026, 10, 25);

let db: TestDatabase;
let map: PartitionMap;
beforeEach(async () => {
  db = await createTestDatabase();
  map = createPartitionMap(db);
});
const upkeepOf = (lengthMs: number) => createPgUpkeep(db, map, lengthMs);

/** The partition that PostgreSQL itself puts an id into. */
async function routed(id: string): Promise<string> {
  const { rows } = await db.query<{ table: string }>(
    `insert into tasks.task (id, requester_id, state, class, kind, model, memory_mib, region, priority, timeout_ms, max_attempts,
       unit_yocto, fee_bps, units_quoted, hold, input_hash, created_at)
     values ($1, $1, 0, 'c', 'wasm', 'm', 1, '', 1, 1, 1, 1, 1, 1, 1, '', now()) returning tableoid::regclass as table`,
    [id],
  );
  return rows[0]?.table ?? '';
}

test('names the partition that PostgreSQL puts an id into, at both ends of each, and the parent elsewhere', async () => {
  expect(map.tableFor(T0)).toBe('tasks.task');
  expect(await upkeepOf(DAY).makePartitions(T0 + 1, T0 + 2 * DAY)).toContain('task_20261127');
  expect(map.size).toBe(3);
  expect(map.tableFor(firstIdAt(T0 - 1))).toBe('tasks.task');
  expect(map.tableFor(firstIdAt(T0 + 3 * DAY))).toBe('tasks.task');
  expect(map.tableFor('no id at all, surely')).toBe('tasks.task');
  for (const at of [T0, T0 + DAY - 1, T0 + DAY, T0 + 2 * DAY, T0 + 3 * DAY - 1]) {
    const id = firstIdAt(at);
    expect(map.tableFor(id)).toBe(await routed(id));
    expect(map.tableFor(at)).toBe(map.tableFor(id));
  }
});

test('a new length begins where the partitions of the old one end, and back', async () => {
  await upkeepOf(DAY).makePartitions(T0, T0);
  const at = T0 + DAY - 2 * MINUTE;
  expect((await upkeepOf(MINUTE).makePartitions(at, at + DAY)).slice(0, 1)).toEqual(['task_202611260000']);
  expect(map.size).toBe(1 + 63);
  await upkeepOf(DAY).makePartitions(at, at + DAY);
  const ranges = await readPartitions(db, 'task');
  expect(ranges.at(-1)).toMatchObject({ name: 'task_202611260103', untilMs: T0 + 2 * DAY });
  for (const [i, range] of ranges.entries()) if (i > 0) expect(range.fromMs).toBe(ranges[i - 1]?.untilMs);
  expect(map.tableFor(T0 + DAY + 30 * MINUTE + 1)).toBe('tasks.task_202611260030');
});

test('partitions have the indexes and the storage parameters of theirs, and a second instance makes none twice', async () => {
  const made = await Promise.all([1, 2, 3].map(() => upkeepOf(DAY).makePartitions(T0, T0 + DAY)));
  expect(made.flat().sort()).toEqual(['attempt_20261125', 'attempt_20261126', 'task_20261125', 'task_20261126']);
  const { rows } = await db.query<{ indexes: number; options: string[] }>(
    `select (select count(*) from pg_index where indrelid = c.oid) as indexes, reloptions as options
     from pg_class c where oid = 'tasks.task_20261125'::regclass`,
  );
  const parent = await db.query<{ indexes: number }>("select count(*) as indexes from pg_index where indrelid = 'tasks.task'::regclass");
  expect(rows[0]?.indexes).toBe(parent.rows[0]?.indexes);
  expect(rows[0]?.options).toContain('autovacuum_vacuum_scale_factor=0.02');
});

test('rows in the default partition keep their time there; the map says so', async () => {
  expect(await routed(firstIdAt(T0 + 5))).toBe('tasks.task_rest');
  expect(await upkeepOf(DAY).makePartitions(T0, T0 + DAY)).toEqual(['task_20261126', 'attempt_20261125', 'attempt_20261126']);
  expect(map.tableFor(T0 + 5)).toBe('tasks.task');
});

test('a partition is made while a statement on the tasks is under way, as soon as that is over', async () => {
  const client = await db.pool.connect();
  await client.query('begin; lock table tasks.task_rest in row exclusive mode');
  const making = upkeepOf(DAY).makePartitions(T0, T0);
  // Others get through while it tries.
  for (let i = 0; i < 5; i++) await routed(firstIdAt(T0 - 100 + i));
  await client.query('commit');
  client.release();
  expect(await making).toEqual(['task_20261125', 'attempt_20261125']);
});
