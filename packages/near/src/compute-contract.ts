import Type, { type Static } from 'typebox';

/** A u128 as contracts write it: base-10 text. */
export const U128 = Type.String({ pattern: '^[0-9]{1,39}$', maxLength: 39 });
const Account = Type.String({ minLength: 2, maxLength: 64 });
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** A tree's root, or any of its nodes: the hash in hex, sums in yocto. */
export const ChainSumNode = Type.Object({ hash: Hash, sums: Type.Array(U128, { maxItems: 2 }) });
export type ChainSumNode = Static<typeof ChainSumNode>;

/** `stats()`: where the contract as a whole stands. */
export const ChainStats = Type.Object({
  paused: Type.Boolean(),
  nodes: Count,
  posted: Count,
  head: Count,
  last_final: Count,
  last_final_at_ms: Count,
});
export type ChainStats = Static<typeof ChainStats>;

/** `get_batch(number)`. */
export const ChainBatch = Type.Object({
  number: Count,
  status: Type.Unsafe<'posted' | 'final' | 'rejected'>(Type.String({ enum: ['posted', 'final', 'rejected'] })),
  receipts: ChainSumNode,
  rewards: ChainSumNode,
  charges: ChainSumNode,
  posted_at_ms: Count,
  final_from_ms: Count,
  previous: Count,
});
export type ChainBatch = Static<typeof ChainBatch>;

/** `get_config()`: what the network needs of it. */
export const ChainConfig = Type.Object({
  token: Account,
  treasury: Account,
  settler: Account,
  min_stake: U128,
  min_bond: U128,
  challenge_ms: Count,
  notice_ms: Count,
  exit_ms: Count,
  cooldown_ms: Count,
});
export type ChainConfig = Static<typeof ChainConfig>;

/** Deposit and withdrawal of an account, as they stand. */
export const ChainAccountState = Type.Object({
  account_id: Account,
  /** Deposited and not withdrawn; charges are not deducted. */
  escrow: U128,
  /** Asked back, 0 without a request. */
  requested: U128,
});
export type ChainAccountState = Static<typeof ChainAccountState>;

/** Stake of a node, as it stands; `stake` is 0 for one that left. */
export const ChainNodeState = Type.Object({
  account_id: Account,
  /** `ed25519:<base58>` */
  node_key: Type.String({ maxLength: 64 }),
  stake: U128,
  unstaking: U128,
  locked: U128,
  status: Type.Unsafe<'active' | 'draining' | 'paused'>(Type.String({ enum: ['active', 'draining', 'paused'] })),
});
export type ChainNodeState = Static<typeof ChainNodeState>;

/**
 * `changes(after, limit)`: accounts and nodes that changed after sequence number `after`, in ascending order, each once, with its present
 * state. `seq` is the newest number there is: ask again from the last entry's number until nothing comes.
 */
export const ChainChanges = Type.Object({
  seq: Count,
  changes: Type.Array(Type.Object({ seq: Count, account: Type.Optional(ChainAccountState), node: Type.Optional(ChainNodeState) }), {
    maxItems: 100,
  }),
});
export type ChainChanges = Static<typeof ChainChanges>;

/** `funds()`: where every token of the contract is, in yocto. `held` is the sum of what follows it. */
export const ChainFunds = Type.Object({
  held: U128,
  /** Stakes of nodes, those that were asked back included. */
  stakes: U128,
  /** Deposits, less final charges and withdrawals. */
  escrow: U128,
  /** Final rewards that nobody claimed yet. */
  rewards: U128,
  balances: U128,
  /** Held for open direct tasks. */
  tasks: U128,
  bond: U128,
  /** On the way out. */
  in_flight: U128,
});
export type ChainFunds = Static<typeof ChainFunds>;
