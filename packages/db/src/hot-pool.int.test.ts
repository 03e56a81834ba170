import { createTestDatabase, type TestDatabase, waitFor } from '@deai/testkit';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HotPool } from './database.types.ts';
import { openHotPool } from './hot-pool.ts';
import { SILENT } from './silent-logger.ts';

let database: TestDatabase;
let hot: HotPool;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query('create table item (id int primary key, done bool not null default false)');
});

afterEach(() => hot.close());

const PID = { text: 'select pg_backend_pid() as pid' };

async function terminate(pid: number | undefined): Promise<void> {
  await database.query('select pg_terminate_backend($1)', [pid]);
}

describe('hot connections', () => {
  it('use the index in a generic plan even while statistics say that the table is empty', async () => {
    hot = await database.hotConnections(1, 'pins');
    await database.query('analyze item');
    await hot.query({ text: 'prepare find(int[]) as select i.* from unnest($1) as x(id) join item i on i.id = x.id and not i.done' });
    await database.query('insert into item select generate_series(1, 20000)');
    const { rows } = await hot.query<{ 'QUERY PLAN': string }>({ text: `explain execute find('{1,2,3}')` });
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index Scan using item_pkey');
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join|JIT/);
  });

  it('prepare a named statement once a connection', async () => {
    hot = await database.hotConnections(1, 'named');
    for (const id of [1, 2, 3]) await hot.query({ name: 'find-one', text: 'select * from item where id = $1', values: [id] });
    const { rows } = await hot.query({ text: `select name, generic_plans from pg_prepared_statements` });
    expect(rows).toEqual([{ name: 'find-one', generic_plans: 3 }]);
  });

  it('run one statement at a time each, and the rest wait', async () => {
    hot = await database.hotConnections(2, 'queue');
    expect(hot.idle).toBe(2);
    const all = [0, 1, 2, 3, 4].map(() => hot.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid from pg_sleep(0.02)' }));
    await Promise.resolve();
    expect([hot.idle, hot.waiting]).toEqual([0, 3]);
    const pids = (await Promise.all(all)).map(({ rows }) => rows[0]?.pid);
    expect(new Set(pids).size).toBe(2);
    expect([hot.idle, hot.waiting]).toEqual([2, 0]);
  });

  it('take waiting statements in order of arrival', async () => {
    hot = await database.hotConnections(1, 'order');
    const order: number[] = [];
    await Promise.all([0, 1, 2, 3].map((n) => hot.query(PID).then(() => order.push(n))));
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('say when one becomes idle, but not while statements wait', async () => {
    hot = await database.hotConnections(1, 'idle');
    let calls = 0;
    const off = hot.onIdle(() => {
      calls += 1;
    });
    await Promise.all([hot.query(PID), hot.query(PID), hot.query(PID)]);
    expect(calls).toBe(1);
    off();
    await hot.query(PID);
    expect(calls).toBe(1);
  });

  it('stay usable after a statement that failed', async () => {
    hot = await database.hotConnections(1, 'failing');
    await expect(hot.query({ text: 'insert into item values (1)' })).rejects.toMatchObject({ code: '23505' });
    expect(hot.idle).toBe(1);
    expect((await hot.query({ text: 'select 1 as one' })).rows).toEqual([{ one: 1 }]);
  });

  it('run a statement again that a deadlock undid', async () => {
    hot = await database.hotConnections(2, 'deadlock');
    const lockBoth = (first: number, second: number) =>
      hot.query({ text: `select pg_advisory_xact_lock(${first}), pg_sleep(0.2), pg_advisory_xact_lock(${second})` });
    const deadlocks = async () => (await database.query('select deadlocks from pg_stat_database where datname = current_database()')).rows;
    const before = await deadlocks();
    await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
    await waitFor(async () => JSON.stringify(await deadlocks()) !== JSON.stringify(before), { what: 'the deadlock to be counted' });
  });

  it('come back by themselves, pinned again, when the server ends them', async () => {
    hot = await database.hotConnections(1, 'returning');
    const [before] = (await hot.query<{ pid: number }>(PID)).rows;
    await terminate(before?.pid);
    await waitFor(() => hot.idle === 0, { what: 'the loss to be noticed' });
    await waitFor(() => hot.idle === 1, { what: 'the new connection' });
    const { rows } = await hot.query({
      text: `select pg_backend_pid() <> $1 as other, current_setting('enable_seqscan') as scan`,
      values: [before?.pid],
    });
    expect(rows).toEqual([{ other: true, scan: 'off' }]);
  });

  it('do not repeat a statement that was under way when its connection broke', async () => {
    hot = await database.hotConnections(1, 'broken');
    const [{ pid } = { pid: 0 }] = (await hot.query<{ pid: number }>(PID)).rows;
    const running = hot.query({ text: 'select pg_sleep(20)' });
    const outcome = expect(running).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { outcomeUnknown: true } });
    await waitFor(async () => (await database.query(`select 1 from pg_stat_activity where pid = $1 and state = 'active'`, [pid])).rowCount);
    await terminate(pid);
    await outcome;
    expect((await hot.query({ text: 'select 1 as one' })).rows).toEqual([{ one: 1 }]);
  });

  it('let nobody wait longer than agreed', async () => {
    hot = await openHotPool({ connection: { connectionString: database.url }, count: 1, name: 'bounded', logger: SILENT, waitMs: 30 });
    const long = hot.query({ text: 'select pg_sleep(0.2)' });
    await expect(hot.query(PID)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { waitMs: 30 } });
    await long;
    expect([hot.idle, hot.waiting]).toEqual([1, 0]);
  });

  it('finish what runs and waits before they close, and take nothing after', async () => {
    hot = await database.hotConnections(1, 'closing');
    const work = [hot.query({ text: 'select pg_sleep(0.05)' }), hot.query({ text: 'select 1 as one' })];
    await hot.close();
    expect((await Promise.all(work))[1]?.rows).toEqual([{ one: 1 }]);
    await expect(hot.query(PID)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const left = `select 1 from pg_stat_activity where application_name = 'deai:closing'`;
    await waitFor(async () => (await database.query(left)).rowCount === 0);
  });
});
