import { expect, test } from 'vitest';
import { type PriceReading, type PriceSource, ReadError } from './ports.ts';
import { createPriceWatch } from './price-watch.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const GO = new AbortController().signal;
const QUARTER = 250_000_000_000_000_000n;

function setUp(more: { readTimeoutMs?: number } = {}) {
  const world = { nowMs: T0, a: QUARTER as bigint | Error, b: QUARTER as bigint | Error };
  const source = (name: 'a' | 'b'): PriceSource => ({
    name,
    async read(): Promise<PriceReading> {
      const said = world[name];
      if (said instanceof Error) throw said;
      return { priceAttoUsd: said, atMs: world.nowMs };
    },
  });
  const guards = { quorum: 2, maxAgeMs: 60_000, maxDeviationBps: 300 };
  const watch = createPriceWatch({
    sources: [source('a'), source('b')],
    label: 'median',
    guards,
    keepMs: 3_600_000,
    readTimeoutMs: 1_000,
    now: () => world.nowMs,
    ...more,
  });
  return { world, watch, guards };
}

test('tells nothing before it knows, and then the price with its age and its sources', async () => {
  const { world, watch } = setUp();
  expect(watch.current).toMatchObject({ usd: null, at: null, ageS: null, source: null, stale: false, sources: [] });
  expect(watch.problem).toBeUndefined();
  await watch.refresh(GO);
  world.nowMs += 1_500;
  expect(watch.current).toMatchObject({ symbol: 'DEAI', usd: '0.25', source: 'median', at: '2026-01-01T00:00:00.000Z', ageS: 1.5 });
  expect(watch.current.sources[0]).toEqual({
    name: 'a',
    used: true,
    usd: '0.25',
    at: '2026-01-01T00:00:00.000Z',
    ageS: 1.5,
    reason: null,
    explanation: null,
  });
});

test('keeps the last good price while sources fail: aged, then stale, then forgotten; and recovers', async () => {
  const { world, watch } = setUp();
  await watch.refresh(GO);
  world.b = new ReadError('it is away');
  world.nowMs += 30_000;
  expect(await watch.refresh(GO)).toBeUndefined();
  expect(watch.current).toMatchObject({ usd: '0.25', ageS: 30, stale: false });
  expect(watch.problem).toBeUndefined();
  world.nowMs += 31_000;
  expect(watch.current).toMatchObject({ usd: '0.25', ageS: 61, stale: true });
  expect(watch.problem).toBe('the price is 61 s old, 2 of 2 sources must agree; b: it is away');
  world.nowMs += 3_600_000;
  expect(watch.current).toMatchObject({ usd: null, source: null, stale: false });
  expect(watch.problem).toMatch(/^there is no price/);
  world.b = QUARTER;
  expect(await watch.refresh(GO)).toMatchObject({ priceAttoUsd: QUARTER, atMs: world.nowMs });
  expect(watch.problem).toBeUndefined();
});

test('a new price replaces the last one also when one of its sources is older than before', async () => {
  const { world, watch } = setUp();
  await watch.refresh(GO);
  world.nowMs -= 5_000;
  world.a = world.b = 3n * QUARTER;
  await watch.refresh(GO);
  expect(watch.current).toMatchObject({ usd: '0.75', at: '2025-12-31T23:59:55.000Z' });
});

test('shows nothing of an error that was not made to be shown', async () => {
  const { world, watch } = setUp();
  world.a = new Error('connect https://key@rpc.example');
  await watch.refresh(GO);
  expect(watch.current.sources[0]).toMatchObject({ used: false, reason: 'unreadable', explanation: 'it failed' });
});

test('learns a newer price of elsewhere, never an older one', async () => {
  const { watch } = setUp();
  watch.learn({ priceAttoUsd: 2n * QUARTER, atMs: T0 - 5_000 });
  expect(watch.current).toMatchObject({ usd: '0.5', ageS: 5 });
  watch.learn({ priceAttoUsd: 4n * QUARTER, atMs: T0 - 6_000 });
  watch.learn({ priceAttoUsd: 0n, atMs: T0 });
  expect(watch.current.usd).toBe('0.5');
  await watch.refresh(GO);
  expect(watch.current.usd).toBe('0.25');
});

test('does not wait for a source that hangs beyond its time, nor after it was told to stop', async () => {
  const hanging: PriceSource = {
    name: 'slow',
    read: (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  const options = { label: 'median', guards: setUp().guards, keepMs: 1, sources: [hanging] } as const;
  const watch = createPriceWatch({ ...options, readTimeoutMs: 20 });
  await watch.refresh(GO);
  expect(watch.current.sources[0]).toMatchObject({ reason: 'unreadable', explanation: 'it did not answer in 0 s' });
  const patient = createPriceWatch({ ...options, readTimeoutMs: 60_000 });
  const stop = new AbortController();
  const reading = patient.refresh(stop.signal);
  stop.abort();
  expect(await reading).toBeUndefined();
  expect(await patient.refresh(stop.signal)).toBeUndefined();
  expect(patient.current.sources).toEqual([]);
});
