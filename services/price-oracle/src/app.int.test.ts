import { type Bus, createMemoryBus } from '@deai/bus';
import { Answer, type FakeRpc, startFakeRpc } from '@deai/near/testing';
import type { EventPayload } from '@deai/protocol';
import { createLogger, createMetrics, type Metrics, type Service } from '@deai/service-kit';
import { createTestDatabase, type TestDatabase, waitFor } from '@deai/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPriceOracle } from './app.ts';
import { loadPriceOracleConfig } from './config.ts';
import { createPgPriceStore } from './store/pg-price.store.ts';
import { EXCHANGE, type FakeMarket, PYTH_ID, playMarket } from './testing/fake-market.ts';

const SOURCES = {
  DEAI_PRICE_REF_EXCHANGE: EXCHANGE,
  DEAI_PRICE_REF_ROUTE: 'deai.near/12/wrap.near/34/usdc.near',
  DEAI_PRICE_FEED_ROUTE: 'deai.near/12/wrap.near',
  DEAI_PRICE_ORACLE_CONTRACT: 'priceoracle.near',
  DEAI_PRICE_ORACLE_ASSET: 'wrap.near',
  DEAI_PRICE_PYTH_CONTRACT: 'pyth.near',
  DEAI_PRICE_PYTH_ID: PYTH_ID,
  DEAI_PRICE_READ_MS: '20',
  DEAI_PRICE_TIMEOUT_MS: '200',
};

let db: TestDatabase;
let bus: Bus;
let rpc: FakeRpc;
let market: FakeMarket;
let metrics: Metrics;
let running: Service[];

beforeEach(async () => {
  db = await createTestDatabase();
  bus = createMemoryBus();
  rpc = await startFakeRpc();
  market = playMarket(rpc);
  running = [];
});
afterEach(async () => {
  for (const service of running) await service.stop();
  await bus.close();
  await rpc.close();
  await db.drop();
});

async function start(env: Record<string, string> = SOURCES, on: Bus = bus): Promise<Service> {
  metrics = createMetrics();
  const context = { bus: on, db, metrics, logger: createLogger({ level: 'silent', pretty: false }) };
  const service = createPriceOracle(context, loadPriceOracleConfig({ NEAR_RPC_URL: rpc.url, ...env }));
  await service.start();
  running.push(service);
  return service;
}
const current = () => bus.request('prices.current', {});
async function metric(name: string, source?: string): Promise<number | undefined> {
  const found = await metrics.registry.getSingleMetric(name)?.get();
  return found?.values.find(({ labels }) => source === undefined || labels.source === source)?.value;
}
const stopNode = () => {
  for (const view of ['block', `${EXCHANGE}.get_pool`, 'priceoracle.near.get_price_data', 'pyth.near.get_price'])
    rpc.on(view, () => Answer.cut);
};

test('makes one price of three sources, keeps it, tells it and counts it', async () => {
  const told: EventPayload<'prices.changed'>[] = [];
  await bus.subscribe('prices.changed', (event) => told.push(event));
  const service = await start();
  await waitFor(() => told.length > 1);
  const price = await current();
  expect(price).toMatchObject({ symbol: 'DEAI', source: 'median', stale: false, quorum: 2 });
  expect(Number(price.usd)).toBeCloseTo(0.25, 3);
  expect(price.sources.map(({ name, used }) => [name, used])).toEqual([
    ['ref', true],
    ['priceoracle', true],
    ['pyth', true],
  ]);
  expect(told[0]).toMatchObject({ source: 'median', usd: price.usd });
  expect(await service.health()).toEqual({ status: 'ok' });
  expect(await metric('deai_price_usd')).toBeCloseTo(0.25, 3);
  expect(await metric('deai_price_source_used', 'pyth')).toBe(1);
  const stored = await createPgPriceStore(db).last();
  expect(stored?.sources).toHaveLength(3);
});

test('leaves out a source that deviates, says why, and goes on', async () => {
  market.pyth = { ...(market.pyth as object), price: '600000000' };
  const service = await start();
  await waitFor(async () => (await current()).usd !== null);
  const price = await current();
  expect(Number(price.usd)).toBeCloseTo(0.25, 3);
  expect(price.sources[2]).toMatchObject({ name: 'pyth', used: false, reason: 'deviates', usd: '0.3' });
  expect(price.sources[2]?.explanation).toBe('20 % from the median 0.25, and 3 % is the limit');
  expect(await service.health()).toEqual({ status: 'ok' });
  expect(await metric('deai_price_source_used', 'pyth')).toBe(0);
});

test('below the quorum there is no new price: the last good one ages, and its health says why', async () => {
  const service = await start({ ...SOURCES, DEAI_PRICE_MAX_AGE_S: '1' });
  await waitFor(async () => (await current()).usd !== null);
  rpc.on('priceoracle.near.get_price_data', () => Answer.failed('panicked'));
  market.pyth = null;
  const at = await waitFor(async () => (await current()).sources.filter(({ used }) => used).length === 1 && (await current()).at);
  await waitFor(async () => (await service.health()).status === 'degraded');
  const price = await current();
  expect(price).toMatchObject({ at, stale: true, source: 'median' });
  expect(price.ageS).toBeGreaterThan(1);
  const { detail } = await service.health();
  expect(detail).toMatch(/^the price is \d+ s old, 2 of 3 sources must agree; /);
  expect(detail).toContain('priceoracle: get_price_data of priceoracle.near failed; pyth: pyth.near has no recent price of this id');
});

test('the last good price survives a restart while the chain is away', async () => {
  const first = await start();
  await waitFor(async () => (await createPgPriceStore(db).last()) !== undefined);
  await first.stop();
  stopNode();
  const { usd, at } = { usd: (await createPgPriceStore(db).last())?.priceAttoUsd, at: (await createPgPriceStore(db).last())?.atMs };
  const service = await start();
  const price = await current();
  expect(Date.parse(price.at as string)).toBe(at);
  expect(price).toMatchObject({ source: 'median', stale: false });
  expect(usd).toBeGreaterThan(0n);
  await waitFor(async () => (await current()).sources.length === 3);
  expect((await current()).sources.every(({ used, reason }) => !used && reason === 'unreadable')).toBe(true);
  expect(JSON.stringify([await current(), await service.health()])).not.toContain('secret');
});

test('a price for development is known at once, labelled, and never kept', async () => {
  const service = await start({ DEAI_PRICE_USD: '0.002' });
  expect(await current()).toMatchObject({ usd: '0.002', source: 'fixed', stale: false, quorum: 1 });
  expect(await service.health()).toEqual({ status: 'ok' });
  expect(await createPgPriceStore(db).last()).toBeUndefined();
  expect(rpc.seen).toEqual([]);
});

test('without a source there is no price, and none that an earlier configuration left behind', async () => {
  await createPgPriceStore(db).add({ priceAttoUsd: 1n, atMs: Date.now(), sources: [] }, 1_000);
  for (const env of [{}, { DEAI_PRICE_USD: '3' }]) {
    const service = await start(env);
    expect(await service.health()).toEqual({ status: 'ok' });
    expect((await current()).usd).toBe('DEAI_PRICE_USD' in env ? '3' : null);
    await service.stop();
  }
});

test('an instance that reaches no source tells the price of one that does', async () => {
  const [slow, other] = [
    { ...SOURCES, DEAI_PRICE_PYTH_CONTRACT: 'nowhere.near', DEAI_PRICE_ORACLE_CONTRACT: 'nowhere.near' },
    createMemoryBus(),
  ];
  // Each on a bus of its own that hears the other's events, so that the question goes to the one that is meant.
  await bus.subscribe('prices.changed', (event) => other.publish('prices.changed', event));
  await start(slow, other);
  await waitFor(async () => (await other.request('prices.current', {})).sources.length === 3);
  expect((await other.request('prices.current', {})).usd).toBeNull();
  await start();
  await waitFor(async () => (await other.request('prices.current', {})).usd !== null);
  expect((await other.request('prices.current', {})).sources.filter(({ used }) => used)).toHaveLength(1);
  for (const service of running.splice(0)) await service.stop();
  await other.close();
});

test('stops at once while the node is silent', async () => {
  rpc.on('pyth.near.get_price', () => Answer.silence);
  const service = await start({ ...SOURCES, DEAI_PRICE_TIMEOUT_MS: '60000' });
  await waitFor(() => rpc.seen.includes('pyth.near.get_price'));
  const begun = performance.now();
  await service.stop();
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('a database that is away does not stop prices, and shows in its health', async () => {
  const service = await start();
  await db.query('alter table oracle.price rename to gone');
  await waitFor(async () => (await service.health()).detail?.startsWith('the price is not kept: '));
  const { at } = await current();
  rpc.blockMs += 1_000;
  market.oracle.timestampMs += 1_000;
  market.pyth = { ...(market.pyth as object), publish_time: Math.floor(Date.now() / 1000) + 1 };
  await waitFor(async () => ((await current()).at as string) > (at as string));
  await db.query('alter table oracle.gone rename to price');
  await waitFor(async () => (await service.health()).status === 'ok');
});
