import type { FakeRpc, ViewArgs } from '@deai/near/testing';

/** A pool as Ref tells it. */
export interface FakePool {
  kind?: string;
  tokens: [string, string];
  amounts: [bigint, bigint];
  fee?: number;
}

export const EXCHANGE = 'ref.near';
const NEAR = 10n ** 24n;
const USDC = 10n ** 6n;
export const PYTH_ID = 'ab'.repeat(32);

/** Contracts that agree: a token is 0.05 NEAR, a NEAR 5 dollars, so a token 0.25 dollars. */
export interface FakeMarket {
  pools: Map<number, FakePool>;
  /** Decimals by token. */
  decimals: Map<string, unknown>;
  /** Answers of the NEAR oracle and of Pyth, for wrap.near unless a test says otherwise. */
  oracle: { timestampMs: number; recencyS: number; price: unknown };
  pyth: unknown;
}

export function playMarket(rpc: FakeRpc): FakeMarket {
  const nowS = Math.floor(Date.now() / 1000);
  const market: FakeMarket = {
    pools: new Map([
      [12, { tokens: ['deai.near', 'wrap.near'], amounts: [2_000_000n * NEAR, 100_000n * NEAR] }],
      [34, { tokens: ['usdc.near', 'wrap.near'], amounts: [1_000_000n * USDC, 200_000n * NEAR] }],
    ]),
    decimals: new Map<string, unknown>([
      ['deai.near', 24],
      ['wrap.near', 24],
      ['usdc.near', 6],
    ]),
    oracle: { timestampMs: Date.now(), recencyS: 90, price: { multiplier: '50000', decimals: 28 } },
    pyth: { price: '500000000', conf: '500000', expo: -8, publish_time: nowS },
  };
  for (const token of market.decimals.keys()) {
    rpc.on(`${token}.ft_metadata`, () => ({ spec: 'ft-1.0.0', name: token, symbol: 'T', decimals: market.decimals.get(token) }));
  }
  rpc.on(`${EXCHANGE}.get_pool`, ({ pool_id }: ViewArgs) => {
    const pool = market.pools.get(pool_id);
    if (!pool) return null;
    const { kind = 'SIMPLE_POOL', tokens, amounts, fee = 30 } = pool;
    return { pool_kind: kind, token_account_ids: tokens, amounts: amounts.map(String), total_fee: fee, shares_total_supply: '1', amp: 0 };
  });
  rpc.on(`${EXCHANGE}.get_return`, ({ pool_id, token_in, amount_in }: ViewArgs) => {
    const { tokens, amounts, fee = 30 } = market.pools.get(pool_id) as FakePool;
    const [i, o] = tokens[0] === token_in ? ([0, 1] as const) : ([1, 0] as const);
    const paid = BigInt(amount_in) * BigInt(10_000 - fee);
    return ((paid * amounts[o]) / (amounts[i] * 10_000n + paid)).toString();
  });
  rpc.on('priceoracle.near.get_price_data', ({ asset_ids }: ViewArgs) => ({
    timestamp: `${market.oracle.timestampMs}000000`,
    recency_duration_sec: market.oracle.recencyS,
    prices: asset_ids.map((asset_id: string) => ({ asset_id, price: market.oracle.price })),
  }));
  rpc.on('pyth.near.get_price', ({ price_identifier }: ViewArgs) => (price_identifier === PYTH_ID ? market.pyth : null));
  return market;
}
