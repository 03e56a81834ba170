import Type, { type Static, type TSchema } from 'typebox';
import { ChainBatch, ChainFunds, ChainStats, U128 } from './compute-contract.ts';
import type { FinalBlock, NearChain } from './near.types.ts';
import { NodeError } from './near-error.ts';

const Metadata = Type.Object({
  name: Type.String({ maxLength: 100 }),
  symbol: Type.String({ maxLength: 32 }),
  decimals: Type.Integer({ minimum: 0, maximum: 38 }),
});

/** Whose tokens are looked at. */
export interface TokenAccounts {
  tokenId: string;
  computeId: string;
  treasuryId: string;
}

/** The token as its contract and the compute contract tell it, all at one final block. Amounts in yocto. */
export interface TokenBooks {
  block: FinalBlock;
  metadata: Static<typeof Metadata>;
  /** All there are. */
  supply: bigint;
  /** Of the compute contract and the treasury, by the token's contract. */
  ofCompute: bigint;
  ofTreasury: bigint;
  /** By the compute contract's own books. */
  funds: ChainFunds;
  /** Rewards and fees in final batches, whether claimed or not. */
  settled: bigint;
}

/** Some nodes, and the local chain, know the state of their newest block alone: while transactions come, it may be another one by then. */
const TRIES = 10;
const isForgotten = (error: unknown) => error instanceof NodeError && error.code === 'GARBAGE_COLLECTED_BLOCK';

/** Rejects with NearError. */
export async function tokenBooks(chain: NearChain, accounts: TokenAccounts): Promise<TokenBooks> {
  for (let tries = 1; ; tries++) {
    try {
      return await booksAt(chain, await chain.finalBlock(), accounts);
    } catch (error) {
      if (!isForgotten(error) || tries === TRIES) throw error;
    }
  }
}

async function booksAt(chain: NearChain, block: FinalBlock, { tokenId, computeId, treasuryId }: TokenAccounts): Promise<TokenBooks> {
  const read = <S extends TSchema>(contract: string, method: string, schema: S, args: object = {}) =>
    chain.view({ contract, method, args, schema, block });
  const balanceOf = (account_id: string) => read(tokenId, 'ft_balance_of', U128, { account_id });
  const settled = async () => {
    const { last_final: number } = await read(computeId, 'stats', ChainStats);
    // It sums up all before it, and is never pruned.
    const last = number === 0 ? null : await read(computeId, 'get_batch', ChainBatch, { number });
    return BigInt(last?.rewards.sums[0] ?? 0);
  };
  const [metadata, supply, ofCompute, ofTreasury, funds, all] = await Promise.all([
    read(tokenId, 'ft_metadata', Metadata),
    read(tokenId, 'ft_total_supply', U128),
    balanceOf(computeId),
    balanceOf(treasuryId),
    read(computeId, 'funds', ChainFunds),
    settled(),
  ]);
  return {
    block,
    metadata,
    supply: BigInt(supply),
    ofCompute: BigInt(ofCompute),
    ofTreasury: BigInt(ofTreasury),
    funds,
    settled: all,
  };
}
