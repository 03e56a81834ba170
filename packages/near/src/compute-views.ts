import Type, { type Static, type TSchema } from 'typebox';
import { ChainBatch, ChainChanges, ChainConfig, ChainNodeState, ChainStats, U128 } from './compute-contract.ts';
import type { NearChain } from './near.types.ts';

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** `get_node(account_id, node_key)`. */
export const ChainNode = Type.Object({
  ...ChainNodeState.properties,
  /** When `unstaking` may leave. */
  unlock_at_ms: Count,
  /** Active, with `min_stake`. */
  eligible: Type.Boolean(),
});
export type ChainNode = Static<typeof ChainNode>;

/** `escrow_of(account_id)`. */
export const ChainEscrow = Type.Object({
  /** Deposited and not withdrawn; charges are not deducted. */
  escrow: U128,
  balance: U128,
  in_flight: U128,
  claimed: U128,
  request_amount: orNull(U128),
  request_at_ms: orNull(Count),
});
export type ChainEscrow = Static<typeof ChainEscrow>;

/** `stats()` of the contract. */
export const getStats = (chain: NearChain, contract: string): Promise<ChainStats> =>
  chain.view({ contract, method: 'stats', args: {}, schema: ChainStats });

/** `get_config()` of the contract. */
export const getConfig = (chain: NearChain, contract: string): Promise<ChainConfig> =>
  chain.view({ contract, method: 'get_config', args: {}, schema: ChainConfig });

/** A batch; null when there is none, or it was pruned. */
export const getBatch = (chain: NearChain, contract: string, number: number): Promise<ChainBatch | null> =>
  chain.view({ contract, method: 'get_batch', args: { number }, schema: orNull(ChainBatch) });

/** A node by operator and key; null when there is none. */
export const getNode = (chain: NearChain, contract: string, accountId: string, nodeKey: string): Promise<ChainNode | null> =>
  chain.view({ contract, method: 'get_node', args: { account_id: accountId, node_key: nodeKey }, schema: orNull(ChainNode) });

/** Escrow and balance of an account; null when it is not registered. */
export const escrowOf = (chain: NearChain, contract: string, accountId: string): Promise<ChainEscrow | null> =>
  chain.view({ contract, method: 'escrow_of', args: { account_id: accountId }, schema: orNull(ChainEscrow) });

/** What an account has claimed so far, in yocto. */
export const claimedOf = async (chain: NearChain, contract: string, accountId: string): Promise<bigint> =>
  BigInt(await chain.view({ contract, method: 'claimed_of', args: { account_id: accountId }, schema: U128 }));

/** Accounts and nodes that changed after a sequence number, at most 100. */
export const changes = (chain: NearChain, contract: string, after: number, limit = 100): Promise<ChainChanges> =>
  chain.view({ contract, method: 'changes', args: { after, limit }, schema: ChainChanges });

/** Tokens of an account, by the token contract; zero when it is not registered there. */
export const ftBalanceOf = async (chain: NearChain, token: string, accountId: string): Promise<bigint> =>
  BigInt(await chain.view({ contract: token, method: 'ft_balance_of', args: { account_id: accountId }, schema: U128 }));

/** NEAR that an account deposited for its records with a contract (NEP-145), and what of it no record needs, in yoctoNEAR. */
export interface StorageBalance {
  totalYocto: bigint;
  availableYocto: bigint;
}

/** `undefined` when the account is not registered there. */
export async function storageBalanceOf(chain: NearChain, contract: string, accountId: string): Promise<StorageBalance | undefined> {
  const schema = orNull(Type.Object({ total: U128, available: U128 }));
  const balance = await chain.view({ contract, method: 'storage_balance_of', args: { account_id: accountId }, schema });
  return balance === null ? undefined : { totalYocto: BigInt(balance.total), availableYocto: BigInt(balance.available) };
}

/** The least NEAR that registers an account with a contract (NEP-145), in yoctoNEAR. */
export async function storageMinimum(chain: NearChain, contract: string): Promise<bigint> {
  const schema = Type.Object({ min: U128 });
  return BigInt((await chain.view({ contract, method: 'storage_balance_bounds', args: {}, schema })).min);
}

/** Nodes from a number on, at most 100. Numbers move when a node leaves. */
export const getNodes = (chain: NearChain, contract: string, fromIndex: number, limit = 100): Promise<ChainNode[]> =>
  chain.view({ contract, method: 'get_nodes', args: { from_index: fromIndex, limit }, schema: Type.Array(ChainNode, { maxItems: 100 }) });
