import type { NetworkStats } from '@deai/protocol';
import { createTestDatabase, type TestDatabase } from '@deai/testkit';
import { beforeEach, expect, test } from 'vitest';
import { createPgMonitoringStore } from './pg-monitoring.store.ts';

const DAY_MS = 86_400_000;
let db: TestDatabase;
let store: ReturnType<typeof createPgMonitoringStore>;
beforeEach(async () => {
  db = await createTestDatabase();
  store = createPgMonitoringStore(db);
});

const sampleAt = (ms: number): NetworkStats => ({
  at: new Date(ms).toISOString(),
  activeNodes: 1,
  registeredNodes: 2,
  pendingTasks: 5_000_000_000,
  runningTasks: 4,
  completedTasks: 5,
  failedTasks: 6,
  throughput: 7.25,
  queueMsP50: 8.5,
  queueMsP95: 9.5,
  uptimeS: 10.125,
});

test('gives a sample back as it was, and the newest as the last', async () => {
  const now = Date.now();
  expect(await store.lastSample()).toBeUndefined();
  await store.addSample(sampleAt(now - 120_000), 60_000);
  await store.addSample(sampleAt(now), 60_000);
  expect(await store.lastSample()).toEqual(sampleAt(now));
  expect(await store.history(10, 1_000)).toEqual([sampleAt(now - 120_000), sampleAt(now)]);
});

test('keeps the first of several samples of one interval', async () => {
  const slot = Math.floor(Date.now() / 60_000) * 60_000;
  for (const offset of [1, 20_000, 59_999]) await store.addSample(sampleAt(slot + offset), 60_000);
  expect(await store.history(10, 1_000)).toEqual([sampleAt(slot + 1)]);
});

test('thins a long history out evenly and leaves out what is older', async () => {
  const now = Date.now();
  await Promise.all(Array.from({ length: 200 }, (_, i) => store.addSample(sampleAt(now - i * 60_000), 60_000)));
  const points = await store.history(100, 600_000);
  expect(points.length).toBeGreaterThanOrEqual(10);
  expect(points.length).toBeLessThanOrEqual(11);
  const times = points.map(({ at }) => Date.parse(at));
  expect(times).toEqual(times.toSorted());
  const gaps = times.slice(1, -1).map((time, i) => time - (times[i] as number));
  expect(gaps.slice(1).every((gap) => gap === 600_000)).toBe(true);
  expect(times[0]).toBeGreaterThan(now - 102 * 60_000);
});

test('deletes what is older than its retention, but not the last state of a service', async () => {
  await store.addSample(sampleAt(Date.now() - 31 * DAY_MS), 60_000);
  await store.addSample(sampleAt(Date.now() - 29 * DAY_MS), 60_000);
  await store.recordChange('auth', 'down', 'x');
  await store.recordChange('auth', 'ok', undefined);
  await store.recordChange('gateway', 'down', 'y');
  await db.query(`update monitoring.incident set at = now() - interval '400 days'`);
  expect(await store.deleteOlder({ sampleDays: 30, incidentDays: 365 })).toBe(2);
  const { rows } = await db.query('select service, to_status from monitoring.incident order by service');
  expect(rows).toEqual([
    { service: 'auth', to_status: 'ok' },
    { service: 'gateway', to_status: 'down' },
  ]);
});

test('records a change once, however many report it at the same time', async () => {
  const told = await Promise.all(Array.from({ length: 8 }, () => store.recordChange('auth', 'degraded', 'slow')));
  expect(told.filter(Boolean)).toHaveLength(1);
  expect(await store.recordChange('gateway', 'ok', undefined)).toBe(false);
});
