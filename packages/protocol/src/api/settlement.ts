import Type, { type Static } from 'typebox';
import { Account, Amount, Hash, ReceiptBatch, WorkReceiptJson } from '../receipts/receipt-document.ts';
import { PublicKey, Signature, Timestamp } from '../wire/common.ts';
import { AccountStake } from './claims.ts';
import { Nullable, OneOf, Page, PageQuery, strict } from './common.ts';

export const BATCH_STATES = ['waiting', 'posted', 'final', 'rejected'] as const;
export type BatchState = (typeof BATCH_STATES)[number];
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Root of a tree: its hash and its sums in yocto. */
export const SumNodeJson = Type.Object({ hash: Hash, sums: Type.Array(Amount, { minItems: 1, maxItems: 2 }) }, strict);
export type SumNodeJson = Static<typeof SumNodeJson>;

/** One settlement batch: what it holds, and where it stands on chain. */
export const SettlementBatch = Type.Object({
  /** Its number in the contract. */
  number: Count,
  state: OneOf(BATCH_STATES),
  receipts: Count,
  rewardYocto: Amount,
  feeYocto: Amount,
  roots: Type.Object({ receipts: SumNodeJson, rewards: SumNodeJson, charges: SumNodeJson }, strict),
  builtAt: Timestamp,
  postedAt: Nullable(Timestamp),
  finalAt: Nullable(Timestamp),
  /** Transactions that posted it and made it final. */
  postTx: Nullable(Type.String()),
  finalTx: Nullable(Type.String()),
});
export type SettlementBatch = Static<typeof SettlementBatch>;
export const SettlementBatchPage = Page(SettlementBatch);

export const SettlementQuery = Type.Object({ ...PageQuery, state: Type.Optional(OneOf(BATCH_STATES)) }, strict);
export type SettlementQuery = Static<typeof SettlementQuery>;

/** Where settlement stands. */
export const SettlementStatus = Type.Object({
  /** Name of the chain, such as `mainnet` or `deai-local`. */
  chainId: Type.String(),
  /** Where the chain can be asked; null when the operator does not tell. */
  rpcUrl: Nullable(Type.String()),
  contractId: Account,
  tokenId: Account,
  treasuryId: Account,
  sponsorId: Account,
  minStakeYocto: Amount,
  /** The least that the network claims for an account when it is asked to. */
  claimLeastYocto: Amount,
  challengeMs: Count,
  /** What completed and is in no batch yet: the oldest such commit's age in seconds, 0 without one. */
  lagS: Type.Number(),
  batches: Type.Object({ waiting: Count, posted: Count, final: Count, rejected: Count, lastNumber: Count, lastFinal: Count }),
  /** Of all batches that stand. */
  receipts: Count,
  rewardYocto: Amount,
  feeYocto: Amount,
  /** The same of final ones. */
  finalRewardYocto: Amount,
  finalFeeYocto: Amount,
  /** What keeps it from going on, in words; null when nothing does. */
  problem: Nullable(Type.String()),
});
export type SettlementStatus = Static<typeof SettlementStatus>;

/** The token on chain, as its contract and the settlement contract tell it at one final block. Amounts are in its smallest unit. */
export const SettlementToken = Type.Object({
  tokenId: Account,
  contractId: Account,
  treasuryId: Account,
  name: Type.String(),
  symbol: Type.String(),
  decimals: Count,
  /** The final block that all of it is of. */
  height: Count,
  at: Timestamp,
  /** All tokens there are: those of the contract, of the treasury, and of everybody else. */
  supplyYocto: Amount,
  contractYocto: Amount,
  treasuryYocto: Amount,
  elsewhereYocto: Amount,
  /** What the contract's own books say it holds: the sum of `parts`, and `contractYocto` unless a transfer is under way. */
  heldYocto: Amount,
  parts: Type.Object(
    {
      /** Staked for nodes, what was asked back and cools down included. */
      stakesYocto: Amount,
      /** Deposited, less final charges and withdrawals. */
      escrowYocto: Amount,
      /** Rewards and fees in final batches that nobody claimed yet. */
      unclaimedYocto: Amount,
      /** The settler's. */
      bondYocto: Amount,
      /** Of accounts in the contract, and held for tasks that were submitted on chain. */
      balancesYocto: Amount,
      tasksYocto: Amount,
      /** Being paid out. */
      inFlightYocto: Amount,
    },
    strict,
  ),
  /** Rewards and fees in final batches: claimed, and `unclaimedYocto`. */
  settledYocto: Amount,
  claimedYocto: Amount,
});
export type SettlementToken = Static<typeof SettlementToken>;

const Step = Type.Object(
  { hash: Hash, sums: Type.Array(Amount, { minItems: 1, maxItems: 1 }), side: OneOf(['left', 'right'] as const) },
  strict,
);
export const RewardLeafJson = Type.Object({ account: Account, cumulative: Amount, first_batch: Count }, strict);
export type RewardLeafJson = Static<typeof RewardLeafJson>;
export const ChargeLeafJson = Type.Object({ account: Account, cumulative: Amount }, strict);
export type ChargeLeafJson = Static<typeof ChargeLeafJson>;

/** An account's totals on chain, and the proofs for the contract's `claim_rewards` and `withdraw`, in the contract's own JSON. */
export const SettlementAccount = Type.Object({
  accountId: Account,
  /** Earned and charged in all batches that stand. */
  earnedYocto: Amount,
  chargedYocto: Amount,
  /** Earned in final batches: what can be claimed, less what was. */
  finalEarnedYocto: Amount,
  /** Deposited and not withdrawn, and asked back, as last seen. */
  escrowYocto: Amount,
  requestedYocto: Amount,
  /** Claimed so far, by whomever, and what can be claimed now; null while the chain does not answer. */
  claimedYocto: Nullable(Amount),
  claimableYocto: Nullable(Amount),
  stakes: Type.Array(AccountStake),
  /** Against the last final batch; null before the first, and for `reward` when the account earned nothing. */
  proofs: Nullable(
    Type.Object({
      batch: Count,
      reward: Nullable(Type.Object({ leaf: RewardLeafJson, proof: Type.Array(Step, { maxItems: 64 }) })),
      /** A presence: the account's leaf, or its two neighbours. */
      charge: Type.Unknown(),
    }),
  ),
});
export type SettlementAccount = Static<typeof SettlementAccount>;

export const SETTLEMENT_TREES = ['receipts', 'rewards', 'charges'] as const;
export type SettlementTree = (typeof SETTLEMENT_TREES)[number];

export const SettlementLeavesQuery = Type.Object(
  { ...PageQuery, tree: Type.Optional(Type.Unsafe<SettlementTree>(Type.String({ enum: [...SETTLEMENT_TREES], default: 'receipts' }))) },
  strict,
);
export type SettlementLeavesQuery = Static<typeof SettlementLeavesQuery>;

/** Leaves of one of a batch's trees, in their order there. Rewards and charges have the contract's own form. */
export const SettlementLeafPage = Page(Type.Union([WorkReceiptJson, RewardLeafJson, ChargeLeafJson]));
export type SettlementLeaf = WorkReceiptJson | RewardLeafJson | ChargeLeafJson;

/** A receipt with its place: what `GET /tasks/{id}/receipt` adds once it is settled. */
export const SettledReceipt = Type.Object({ receipt: WorkReceiptJson, batch: ReceiptBatch });
export type SettledReceipt = Static<typeof SettledReceipt>;

/**
 * Proof that a user holds a NEAR account: an ed25519 signature by a full-access key of the account over
 * `deai-link:v1\n<network id>\n<user id>\n<account id>`.
 */
export const AccountLinkRequest = Type.Object({ accountId: Account, publicKey: PublicKey, signature: Signature }, strict);
export type AccountLinkRequest = Static<typeof AccountLinkRequest>;
export const AccountLink = Type.Object({ accountId: Account, linkedAt: Timestamp });
export type AccountLink = Static<typeof AccountLink>;
