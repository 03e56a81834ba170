import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestDatabase, type TestDatabase, tempDir } from '@deai/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let dir: string;

beforeEach(async () => {
  database = await createTestDatabase();
  dir = await tempDir();
  await writeFile(join(dir, '0001_first.sql'), 'create table thing (id int);');
  await writeFile(join(dir, '0002_second-step.sql'), 'insert into thing values (1); -- plain SQL, "quotes", {braces} and $1');
  await writeFile(join(dir, 'README.md'), 'not a migration');
});

describe('migrate', () => {
  it('applies what is pending, in order, each schema by itself, and nothing twice', async () => {
    const both = [
      { schema: 'one', dir },
      { schema: 'two', dir: pathToFileURL(dir) },
    ];
    expect(await migrate(database.url, both)).toEqual(['one/0001_first', 'one/0002_second-step', 'two/0001_first', 'two/0002_second-step']);
    expect(await migrate(database.url, both)).toEqual([]);
    await writeFile(join(dir, '0003_third.sql'), 'insert into thing values (3);');
    expect(await migrate(database.url, both)).toEqual(['one/0003_third', 'two/0003_third']);
    expect((await database.query('select id from two.thing')).rows).toEqual([{ id: 1 }, { id: 3 }]);
    expect((await database.query('select name from one.migrations order by id')).rowCount).toBe(3);
  });

  it('lets processes that start at once take turns', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url, [{ schema: 'one', dir }])));
    expect(results.flat()).toEqual(['one/0001_first', 'one/0002_second-step']);
    expect((await database.query('select id from one.thing')).rows).toEqual([{ id: 1 }]);
  });

  it('takes a connection instead of an address and leaves its session as it was', async () => {
    const client = await database.pool.connect();
    try {
      await migrate(client, [{ schema: 'one', dir }]);
      const { rows } = await client.query(`select current_setting('search_path') as path, current_setting('statement_timeout') as timeout`);
      expect(rows).toEqual([{ path: '"$user", public', timeout: '30s' }]);
    } finally {
      client.release();
    }
  });

  it('leaves a schema as it was when one of its migrations fails, and lets the next try in', async () => {
    await writeFile(join(dir, '0003_wrong.sql'), 'create table half (id int); select 1/0;');
    await expect(migrate(database.url, [{ schema: 'one', dir }])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { schema: 'one', reason: 'division by zero' },
    });
    expect((await database.query(`select to_regclass('one.thing') as thing`)).rows).toEqual([{ thing: null }]);
    await writeFile(join(dir, '0003_wrong.sql'), 'create table half (id int);');
    expect(await migrate(database.url, [{ schema: 'one', dir }])).toHaveLength(3);
  });

  it.each([
    ['a name without a number', 'late.sql', 'late.sql is not named like 0001_name.sql'],
    ['a number used twice', '0002_other.sql', 'two migrations have the number 0002'],
  ])('refuses %s before it touches the database', async (_, name, reason) => {
    await writeFile(join(dir, name), 'select 1;');
    const nowhere = 'postgres://127.0.0.1:1/none';
    await expect(migrate(nowhere, [{ schema: 'one', dir }])).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { reason } });
  });

  it('refuses a migration that would come before one already applied', async () => {
    await migrate(database.url, [{ schema: 'one', dir }]);
    await writeFile(join(dir, '0000_earlier.sql'), 'select 1;');
    await expect(migrate(database.url, [{ schema: 'one', dir }])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('refuses a folder that is not there and a schema name that is not plain', async () => {
    await expect(migrate(database.url, [{ schema: 'one', dir: join(dir, 'none') }])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(migrate(database.url, [{ schema: 'one"; drop', dir }])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
