import { createTestDatabase, type TestDatabase } from '@deai/testkit';
import { beforeEach, expect, test } from 'vitest';
import type { PriceStore } from '../domain/ports.ts';
import { createPgPriceStore } from './pg-price.store.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const SOURCES = [{ name: 'ref', used: true, usd: '0.25', at: '2026-01-01T00:00:00.000Z', ageS: 1, reason: null, explanation: null }];

let db: TestDatabase;
let store: PriceStore;
beforeEach(async () => {
  db = await createTestDatabase();
  store = createPgPriceStore(db);
});

test('prices come back to the last atto-dollar, the newest first', async () => {
  for (const [i, priceAttoUsd] of [1n, 123_456_789_012_345_678_901_234_567_890n, 250_000_000_000_000_001n].entries()) {
    await store.add({ priceAttoUsd, atMs: T0 + i * 30_000, sources: SOURCES }, 30_000, T0 + i * 30_000);
    expect(await store.last()).toEqual({ priceAttoUsd, atMs: T0 + i * 30_000, sources: SOURCES });
  }
});

test('there is one price an interval, whoever writes first', async () => {
  const other = createPgPriceStore(db);
  await Promise.all([1n, 2n].map((priceAttoUsd, i) => [store, other][i]?.add({ priceAttoUsd, atMs: T0, sources: [] }, 30_000, T0 + i)));
  await store.add({ priceAttoUsd: 3n, atMs: T0 + 60_000, sources: [] }, 30_000, T0 + 29_999);
  expect((await db.query('select from oracle.price')).rowCount).toBe(1);
  await store.add({ priceAttoUsd: 4n, atMs: T0 - 60_000, sources: [] }, 30_000, T0 + 30_000);
  expect((await db.query('select from oracle.price')).rowCount).toBe(2);
  // The one accepted last, though its sources were older.
  expect((await store.last())?.priceAttoUsd).toBe(4n);
});

test('the history is bounded, but the newest price stays however old', async () => {
  const day = 86_400_000;
  for (const days of [20, 12, 11]) {
    const atMs = Date.now() - days * day;
    await store.add({ priceAttoUsd: BigInt(days), atMs, sources: [] }, 1_000, atMs);
  }
  expect(await store.deleteOlder(10)).toBe(2);
  expect((await store.last())?.priceAttoUsd).toBe(11n);
  await store.add({ priceAttoUsd: 1n, atMs: Date.now(), sources: [] }, 1_000);
  expect(await store.deleteOlder(10)).toBe(1);
  expect(await store.deleteOlder(10)).toBe(0);
});

test('the table refuses what is no price', async () => {
  await expect(store.add({ priceAttoUsd: 0n, atMs: T0, sources: [] }, 1_000)).rejects.toThrow('check constraint');
});
