import { expect, inject, it } from 'vitest';
import { createTestDatabase } from './test-database.ts';

it('gives every caller a database of its own with the migrations of all services, and drops it', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const schemas = inject('templateSchemas');
  expect(schemas).toContain('tasks');
  for (const schema of schemas) {
    expect((await two.query(`select to_regclass($1) is not null as there`, [`${schema}.migrations`])).rows).toEqual([{ there: true }]);
  }
  await one.query('create table mine (id int)');
  await expect(two.query('select * from mine')).rejects.toMatchObject({ code: '42P01' });
  const name = new URL(one.url).pathname.slice(1);
  await one.drop();
  await one.drop();
  expect((await two.query('select 1 from pg_database where datname = $1', [name])).rowCount).toBe(0);
});
