import { createMemoryBus } from '@deai/bus';
import { DeaiError, type TokenPrice } from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { createUsdPrice } from './usd-price.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const PRICE: TokenPrice = {
  symbol: 'DEAI',
  usd: '0.002',
  source: 'median',
  at: '2026-01-01T00:00:00.000Z',
  ageS: 0,
  stale: false,
  quorum: 2,
  sources: [],
};

async function setUp(answer: () => TokenPrice | Promise<TokenPrice>) {
  const world = { nowMs: T0, asked: 0, bus: createMemoryBus() };
  await world.bus.serve('prices.current', async () => {
    world.asked++;
    return await answer();
  });
  const usd = createUsdPrice(world.bus, () => world.nowMs);
  await usd.start();
  return { world, usd };
}

test('says what an amount is worth and how old the price is, asking seldom', async () => {
  const { world, usd } = await setUp(() => PRICE);
  expect(await usd.valueOf(600_000_000_000_000_000_000n)).toEqual({ amount: '0.0000012', priceAgeS: 0, source: 'median' });
  world.nowMs += 9_400;
  expect(await usd.valueOf(1n)).toMatchObject({ priceAgeS: 9 });
  expect(world.asked).toBe(1);
  world.nowMs += 1_000;
  await Promise.all([usd.valueOf(1n), usd.valueOf(1n)]);
  expect(world.asked).toBe(2);
});

test('asks anew when the price changed', async () => {
  let price = PRICE;
  const { world, usd } = await setUp(() => price);
  await usd.valueOf(1n);
  price = { ...PRICE, usd: '4', source: 'fixed' };
  world.bus.publish('prices.changed', { usd: '4', atMs: T0, source: 'fixed' });
  await waitFor(async () => (await usd.valueOf(10n ** 24n))?.source === 'fixed');
  expect(await usd.valueOf(10n ** 24n)).toEqual({ amount: '4', priceAgeS: 0, source: 'fixed' });
});

test('nobody knows a price, or nobody answers: a quote goes without', async () => {
  const none = await setUp(() => ({ ...PRICE, usd: null, at: null, source: null }));
  expect(await none.usd.valueOf(1n)).toBeNull();
  const failing = await setUp(() => {
    throw new DeaiError('UNAVAILABLE');
  });
  expect(await failing.usd.valueOf(1n)).toBeNull();
  await failing.usd.valueOf(1n);
  expect(failing.world.asked).toBe(1);
  expect(await createUsdPrice(createMemoryBus(), Date.now).valueOf(1n)).toBeNull();
});

test('a price oracle that hangs holds a quote up for half a second, once', async () => {
  const { world, usd } = await setUp(() => new Promise(() => {}));
  const begun = performance.now();
  expect(await usd.valueOf(1n)).toBeNull();
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(await usd.valueOf(1n)).toBeNull();
  expect(world.asked).toBe(1);
});
