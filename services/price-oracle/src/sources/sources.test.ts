import { Answer, type FakeRpc, startFakeRpc } from '@deai/near/testing';
import { formatUsd } from '@deai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadPriceOracleConfig } from '../config.ts';
import type { PriceReading } from '../domain/ports.ts';
import { EXCHANGE, type FakeMarket, type FakePool, PYTH_ID, playMarket } from '../testing/fake-market.ts';
import { createSources } from './create-sources.ts';

const REF = { DEAI_PRICE_REF_EXCHANGE: EXCHANGE, DEAI_PRICE_REF_ROUTE: 'deai.near/12/wrap.near/34/usdc.near' };
const ORACLE = { DEAI_PRICE_ORACLE_CONTRACT: 'priceoracle.near', DEAI_PRICE_ORACLE_ASSET: 'wrap.near' };
const PYTH = { DEAI_PRICE_PYTH_CONTRACT: 'pyth.near', DEAI_PRICE_PYTH_ID: PYTH_ID };
const FEED = { DEAI_PRICE_REF_EXCHANGE: EXCHANGE, DEAI_PRICE_FEED_ROUTE: 'deai.near/12/wrap.near' };

let rpc: FakeRpc;
let market: FakeMarket;
beforeEach(async () => {
  rpc = await startFakeRpc();
  market = playMarket(rpc);
});
afterEach(() => rpc.close());

function read(env: Record<string, string>): Promise<PriceReading> {
  const config = loadPriceOracleConfig({ NEAR_RPC_URL: rpc.url, DEAI_PRICE_QUORUM: '1', DEAI_PRICE_TIMEOUT_MS: '300', ...env });
  const [source] = createSources(config).sources;
  return source?.read(new AbortController().signal) as Promise<PriceReading>;
}
const usd = async (env: Record<string, string>) => Number(formatUsd((await read(env)).priceAttoUsd));
function change(poolId: number, more: Partial<FakePool>): void {
  market.pools.set(poolId, { ...(market.pools.get(poolId) as FakePool), ...more });
}

describe('Ref pools', () => {
  test('price the token exactly, through two pools of one block', async () => {
    const { priceAttoUsd, atMs } = await read(REF);
    expect(formatUsd(priceAttoUsd)).toBe('0.25');
    expect(atMs).toBe(rpc.blockMs);
    expect(rpc.blocks.filter((block) => block !== 'final')).toHaveLength(4);
    expect(new Set(rpc.blocks.filter((block) => block !== 'final')).size).toBe(1);
  });
  test('price it through one pool, whichever side the token is on', async () => {
    market.pools.set(1, { tokens: ['usdc.near', 'deai.near'], amounts: [500_000n * 10n ** 6n, 10n ** 30n] });
    expect(await usd({ ...REF, DEAI_PRICE_REF_ROUTE: 'deai.near/1/usdc.near' })).toBeCloseTo(0.5, 3);
  });
  test('of another kind are priced by what they would give', async () => {
    // A stable pool's reserves may be far from even while its price is one to one.
    const stable: FakePool = {
      kind: 'STABLE_SWAP',
      tokens: ['deai.near', 'usdc.near'],
      amounts: [10n ** 30n, 300_000n * 10n ** 6n],
      fee: 5,
    };
    market.pools.set(1, stable);
    rpc.on(`${EXCHANGE}.get_return`, ({ amount_in }) => ((BigInt(amount_in) * 9_995n) / 10_000n / 10n ** 18n).toString());
    expect(await usd({ ...REF, DEAI_PRICE_REF_ROUTE: 'deai.near/1/usdc.near' })).toBe(1);
  });
  test('that are too thin are refused, whichever of the route it is', async () => {
    change(34, { amounts: [9_999n * 10n ** 6n, 1_999_800n * 10n ** 21n] });
    await expect(read(REF)).rejects.toThrow('pool 34 holds only 9999 dollars, and 10000 are asked for');
    change(34, { amounts: [1_000_000n * 10n ** 6n, 200_000n * 10n ** 24n] });
    change(12, { amounts: [20_000n * 10n ** 24n, 1_000n * 10n ** 24n] });
    await expect(read(REF)).rejects.toThrow('pool 12 holds only 5000 dollars');
    change(12, { amounts: [100n, 5n] });
    await expect(read(REF)).rejects.toThrow('pool 12 holds too little deai.near');
    expect(
      await read({ ...REF, DEAI_PRICE_REF_MIN_LIQUIDITY_USD: '1', DEAI_PRICE_REF_ROUTE: 'deai.near/12/wrap.near' }).catch(String),
    ).toMatch('too little');
  });
  test('whose reserves say something else than get_return are refused', async () => {
    rpc.on(`${EXCHANGE}.get_return`, () => `${10n ** 25n}`);
    await expect(read(REF)).rejects.toThrow('would give something else than its reserves say');
  });
  test('of another token are refused, and a token of other decimals than ours', async () => {
    change(12, { tokens: ['other.near', 'wrap.near'] });
    await expect(read(REF)).rejects.toThrow('pool 12 has no deai.near');
    market.decimals.set('deai.near', 18);
    await expect(read(REF)).rejects.toThrow('deai.near has 18 decimals where 24 are expected');
  });
  test('follow the decimals of the coin at the end', async () => {
    market.decimals.set('usdc.near', 18);
    change(34, { amounts: [1_000_000n * 10n ** 18n, 200_000n * 10n ** 24n] });
    expect(await usd(REF)).toBeCloseTo(0.25, 3);
  });
  test.each<[string, unknown]>([
    ['a negative amount', ['-1', '5']],
    ['a number', [1, 5]],
    ['a huge number', ['9'.repeat(40), '5']],
    ['one token', ['5']],
  ])('with %s are refused', async (_what, amounts) => {
    rpc.on(`${EXCHANGE}.get_pool`, () => ({
      pool_kind: 'SIMPLE_POOL',
      token_account_ids: ['deai.near', 'wrap.near'],
      amounts,
      total_fee: 30,
    }));
    await expect(read(REF)).rejects.toThrow('get_pool of ref.near answered something else than expected');
  });
  test('that do not exist are refused', async () => {
    market.pools.delete(34);
    await expect(read(REF)).rejects.toThrow('get_pool of ref.near answered something else than expected');
  });
});

describe('the NEAR price oracle', () => {
  test('prices an asset by its multiplier, in the decimals of its token', async () => {
    expect(await usd(ORACLE)).toBe(5);
    market.decimals.set('wrap.near', 18);
    market.oracle.price = { multiplier: '50000', decimals: 22 };
    expect(await usd(ORACLE)).toBe(5);
    expect(await usd({ ...ORACLE, DEAI_PRICE_ORACLE_DECIMALS: '20' })).toBe(500);
  });
  test('is believed for its own recency, not longer', async () => {
    market.oracle.timestampMs = Date.now() - 80_000;
    expect((await read(ORACLE)).atMs).toBe(market.oracle.timestampMs);
    market.oracle.timestampMs = Date.now() - 95_000;
    await expect(read(ORACLE)).rejects.toThrow('the answer of priceoracle.near is 95 s old, and 90 s is its own limit');
  });
  test('has no price when too few reported', async () => {
    market.oracle.price = null;
    await expect(read(ORACLE)).rejects.toThrow('priceoracle.near has no recent price of wrap.near');
  });
  test.each<[string, unknown, string]>([
    ['of zero', { multiplier: '0', decimals: 28 }, 'not above zero'],
    ['below zero', { multiplier: '-5', decimals: 28 }, 'something else than expected'],
    ['as a number', { multiplier: 50_000, decimals: 28 }, 'something else than expected'],
    ['with impossible decimals', { multiplier: '5', decimals: 4_000_000_000 }, 'something else than expected'],
    ['too small to tell', { multiplier: '1', decimals: 76 }, 'below'],
  ])('with a price %s is refused', async (_what, price, problem) => {
    market.oracle.price = price;
    await expect(read(ORACLE)).rejects.toThrow(problem);
  });
  test('that answers another asset is refused', async () => {
    rpc.on('priceoracle.near.get_price_data', () => ({
      timestamp: `${Date.now()}000000`,
      recency_duration_sec: 90,
      prices: [{ asset_id: 'other.near', price: { multiplier: '1', decimals: 24 } }],
    }));
    await expect(read(ORACLE)).rejects.toThrow('no recent price of wrap.near');
  });
});

describe('Pyth', () => {
  const say = (more: object) => {
    market.pyth = { ...(market.pyth as object), ...more };
  };
  test('prices by its exponent, as of when it was published', async () => {
    say({ publish_time: 1_700_000_000 });
    expect(await read(PYTH)).toEqual({ priceAttoUsd: 5n * 10n ** 18n, atMs: 1_700_000_000_000 });
    say({ price: '5', conf: '0', expo: 0 });
    expect(await usd(PYTH)).toBe(5);
    say({ price: '9223372036854775807', conf: '0', expo: -18 });
    expect((await read(PYTH)).priceAttoUsd).toBe(9_223_372_036_854_775_807n);
  });
  test.each<[string, object, string]>([
    ['of zero', { price: '0', conf: '0' }, 'not above zero'],
    ['below zero', { price: '-500000000' }, 'not above zero'],
    ['that is uncertain', { conf: '10000001' }, 'uncertain by 2 %, and 2 % is the limit'],
    ['with an impossible exponent', { expo: 2_147_483_647 }, 'something else than expected'],
    ['with a fraction as exponent', { expo: -8.5 }, 'something else than expected'],
    ['as a number', { price: 500_000_000 }, 'something else than expected'],
    ['without a time', { publish_time: undefined }, 'something else than expected'],
  ])('with a price %s is refused', async (_what, more, problem) => {
    say(more);
    await expect(read(PYTH)).rejects.toThrow(problem);
  });
  test('without a recent price, or without this id, is refused', async () => {
    market.pyth = null;
    await expect(read(PYTH)).rejects.toThrow('pyth.near has no recent price of this id');
    await expect(read({ ...PYTH, DEAI_PRICE_PYTH_ID: 'cd'.repeat(32) })).rejects.toThrow('no recent price');
  });
});

describe('feeds of another token', () => {
  test('are brought to ours by the pools between, as old as the older of both', async () => {
    rpc.blockMs = Date.now() - 40_000;
    const { priceAttoUsd, atMs } = await read({ ...FEED, ...PYTH });
    expect(Number(formatUsd(priceAttoUsd))).toBeCloseTo(0.25, 3);
    expect(atMs).toBe(rpc.blockMs);
    expect(await usd({ ...FEED, ...ORACLE })).toBeCloseTo(0.25, 3);
  });
  test('count the liquidity in the price of the feed', async () => {
    change(12, { amounts: [39_980n * 10n ** 24n, 1_999n * 10n ** 24n] });
    await expect(read({ ...FEED, ...PYTH })).rejects.toThrow('pool 12 holds only 9995 dollars');
  });
});

test('a node that cuts every connection is told as such, without its address', async () => {
  rpc.on('pyth.near.get_price', () => Answer.cut);
  await expect(read(PYTH)).rejects.toThrow(/^the NEAR node cannot be reached$/);
});
