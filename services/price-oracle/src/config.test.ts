import { DeaiError, ONE_USD } from '@deai/protocol';
import { expect, test } from 'vitest';
import { loadPriceOracleConfig } from './config.ts';

const PYTH = { DEAI_PRICE_PYTH_CONTRACT: 'pyth-oracle.near', DEAI_PRICE_PYTH_ID: 'a'.repeat(64) };
const ORACLE = { DEAI_PRICE_ORACLE_CONTRACT: 'priceoracle.near', DEAI_PRICE_ORACLE_ASSET: 'wrap.near' };
const REF = { DEAI_PRICE_REF_EXCHANGE: 'v2.ref-finance.near', DEAI_PRICE_REF_ROUTE: 'deai.near/12/wrap.near/34/usdc.near' };
const RPC = { NEAR_RPC_URL: 'http://127.0.0.1:3030' };

test('there is no price by default, and one of one source when it is fixed', () => {
  expect(loadPriceOracleConfig({})).toMatchObject({ chain: undefined, fixedAttoUsd: undefined, quorum: 1 });
  expect(loadPriceOracleConfig({ DEAI_PRICE_USD: '0.25' })).toMatchObject({ fixedAttoUsd: ONE_USD / 4n, quorum: 1 });
});

test('reads routes, contracts and limits', () => {
  const { chain, quorum } = loadPriceOracleConfig({ ...RPC, ...REF, ...ORACLE, ...PYTH, DEAI_PRICE_FEED_ROUTE: 'deai.near/12/wrap.near' });
  expect(quorum).toBe(2);
  expect(chain?.minLiquidityAttoUsd).toBe(10_000n * ONE_USD);
  expect(chain?.ref).toEqual({
    exchange: 'v2.ref-finance.near',
    route: [
      { poolId: 12, tokenIn: 'deai.near', tokenOut: 'wrap.near' },
      { poolId: 34, tokenIn: 'wrap.near', tokenOut: 'usdc.near' },
    ],
  });
  expect(chain?.feedRoute?.route).toHaveLength(1);
  expect(chain?.nearOracle).toEqual({ contract: 'priceoracle.near', asset: 'wrap.near', assetDecimals: undefined });
  expect(chain?.pyth).toMatchObject({ contract: 'pyth-oracle.near', maxConfBps: 200 });
});

test.each<[string, Record<string, string>, RegExp]>([
  ['a fixed price beside sources', { ...RPC, ...REF, ...PYTH, DEAI_PRICE_USD: '1' }, /for development/],
  ['readings further apart than prices may be old', { DEAI_PRICE_MAX_AGE_S: '30' }, /DEAI_PRICE_READ_MS must be shorter/],
  ['a fixed price of zero', { DEAI_PRICE_USD: '0.0' }, /above zero/],
  ['a fixed price with a sign', { DEAI_PRICE_USD: '-1' }, /DEAI_PRICE_USD/],
  ['a quorum beyond the sources', { ...RPC, ...PYTH }, /DEAI_PRICE_QUORUM=1/],
  ['sources without a node', { ...PYTH, ...REF }, /NEAR_RPC_URL/],
  ['half of Pyth', { ...RPC, DEAI_PRICE_PYTH_CONTRACT: 'pyth.near' }, /go together/],
  ['half of the oracle', { ...RPC, DEAI_PRICE_ORACLE_ASSET: 'wrap.near' }, /go together/],
  ['a route without its exchange', { ...RPC, DEAI_PRICE_REF_ROUTE: REF.DEAI_PRICE_REF_ROUTE }, /needs DEAI_PRICE_REF_EXCHANGE/],
  ['a way for feeds that are not there', { ...RPC, ...REF, DEAI_PRICE_REF_ROUTE: '', DEAI_PRICE_FEED_ROUTE: 'a.b/1/c.d' }, /needs a feed/],
  ['a route that ends in a pool', { ...RPC, ...REF, DEAI_PRICE_REF_ROUTE: 'deai.near/12' }, /DEAI_PRICE_REF_ROUTE/],
  ['a route with an impossible account', { ...RPC, ...REF, DEAI_PRICE_REF_ROUTE: 'Deai.near/12/x..y' }, /DEAI_PRICE_REF_ROUTE/],
  ['a price id of another length', { ...RPC, ...PYTH, DEAI_PRICE_PYTH_ID: 'abc' }, /DEAI_PRICE_PYTH_ID/],
  ['a node that is no address', { ...REF, ...PYTH, NEAR_RPC_URL: 'file:///etc/passwd' }, /NEAR_RPC_URL/],
])('refuses %s', (_what, env, problem) => {
  let refused: unknown;
  try {
    loadPriceOracleConfig(env);
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(DeaiError);
  expect(JSON.stringify((refused as DeaiError).details)).toMatch(problem);
});
