import Type, { type Static } from 'typebox';
import { Account, Amount } from '../receipts/receipt-document.ts';
import { Id, PublicKey, Timestamp } from '../wire/common.ts';
import { Nullable, OneOf, Page, PageQuery, strict } from './common.ts';

/** Asks the network to claim final rewards on chain: for the linked account, or for that of one of the caller's nodes. That account is paid. */
export const ClaimRequest = Type.Object({ accountId: Type.Optional(Account) }, strict);
export type ClaimRequest = Static<typeof ClaimRequest>;

/** A claim that the network makes for a user. */
export const Claim = Type.Object({
  id: Id,
  accountId: Account,
  /** `signed`: its transaction is on its way. */
  state: OneOf(['waiting', 'signed', 'paid', 'failed'] as const),
  /** What could be claimed when it was asked for. */
  expectedYocto: Amount,
  /** What was paid, once it was. */
  paidYocto: Nullable(Amount),
  /** The transaction on chain. */
  transaction: Nullable(Type.String()),
  /** Why it failed, or the last try did. */
  problem: Nullable(Type.String()),
  requestedAt: Timestamp,
  endedAt: Nullable(Timestamp),
});
export type Claim = Static<typeof Claim>;
export const ClaimPage = Page(Claim);

export const ClaimQuery = Type.Object(PageQuery, strict);
export type ClaimQuery = Static<typeof ClaimQuery>;

/** What an account has at stake behind a node, as it was last seen. */
export const AccountStake = Type.Object({ nodeKey: PublicKey, stakeYocto: Amount, unstakingYocto: Amount });
export type AccountStake = Static<typeof AccountStake>;

/** What was seen to happen to an account on chain: its stake behind a node after a change, or a claim of the network for it. */
export const AccountEvent = Type.Object({
  at: Timestamp,
  event: OneOf(['stake', 'claim'] as const),
  nodeKey: Nullable(PublicKey),
  stakeYocto: Nullable(Amount),
  unstakingYocto: Nullable(Amount),
  paidYocto: Nullable(Amount),
  transaction: Nullable(Type.String()),
});
export type AccountEvent = Static<typeof AccountEvent>;
export const AccountEventPage = Page(AccountEvent);
