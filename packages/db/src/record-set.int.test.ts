import { createTestDatabase } from '@deai/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordSet } from './record-set.ts';

const rowsSet = recordSet({
  id: 'uuid',
  size: 'integer',
  amount: 'numeric',
  share: 'double precision',
  at: 'timestamptz',
  name: 'text',
  labels: 'json',
  proof: 'text[]',
});

test('rows arrive as they were given, whatever their text', async () => {
  const database = await createTestDatabase({ maxConnections: 1 });
  const storable = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\0'));
  const row = fc.record({
    id: fc.uuid(),
    size: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    amount: fc.option(fc.bigInt(0n, 10n ** 48n).map(String)),
    share: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
    at: fc.option(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString())),
    name: fc.option(fc.oneof(storable, fc.constantFrom('NULL', 'null', '', ',', '{}', '"', '\\', '\\"', 'a,b}\n{"'))),
    labels: fc.option(fc.dictionary(storable, storable, { noNullPrototype: true })),
    proof: fc.option(fc.array(storable)),
  });
  const text = `select id, size, amount, share, at, name, labels::json, proof::text[] from ${rowsSet.source}`;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
      const answer = await database.query<Record<string, unknown>>(text, rowsSet.values(rows));
      const told = answer.rows.map((found) => ({ ...found, at: (found.at as Date | null)?.toISOString() ?? null }));
      expect(told).toEqual(rows);
    }),
    { numRuns: 200 },
  );
});

test('what is left out of a row is null', async () => {
  const database = await createTestDatabase({ maxConnections: 1 });
  const set = recordSet({ a: 'integer', b: 'text' }, 'r', 2);
  expect(set.size).toBe(2);
  const { rows } = await database.query(`select $1::int as one, r.a, r.b from ${set.source}`, [1, ...set.values([{ a: 7 }, { b: 'x' }])]);
  expect(rows).toEqual([
    { one: 1, a: 7, b: null },
    { one: 1, a: null, b: 'x' },
  ]);
});
