import Type, { type Static } from 'typebox';
import { U128 } from './compute-contract.ts';
import type { NearChain } from './near.types.ts';

/** A pool of two tokens, as exchanges with Ref's interface tell it: `get_pool(pool_id)`. */
export const ExchangePool = Type.Object({
  token_account_ids: Type.Array(Type.String({ maxLength: 64 }), { minItems: 2, maxItems: 2 }),
  amounts: Type.Array(U128, { minItems: 2, maxItems: 2 }),
  /** Basis points. */
  total_fee: Type.Integer({ minimum: 0, maximum: 9_999 }),
});
export type ExchangePool = Static<typeof ExchangePool>;

const Metadata = Type.Object({ decimals: Type.Integer({ minimum: 0, maximum: 38 }) });

/** A pool of an exchange. @throws NearError `failed` when there is none, or it has more than two tokens. */
export const getPool = (chain: NearChain, exchange: string, poolId: number): Promise<ExchangePool> =>
  chain.view({ contract: exchange, method: 'get_pool', args: { pool_id: poolId }, schema: ExchangePool });

/** How many decimals a token has, by its contract. */
export const ftDecimals = async (chain: NearChain, token: string): Promise<number> =>
  (await chain.view({ contract: token, method: 'ft_metadata', args: {}, schema: Metadata })).decimals;
