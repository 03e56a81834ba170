import Type, { type Static } from 'typebox';
import { Id, Timestamp, YoctoAmount } from '../wire/common.ts';
import { OneOf, Page, PageQuery, strict } from './common.ts';

export const JOURNAL_REASONS = ['grant', 'deposit', 'withdrawal', 'hold', 'completion', 'failure', 'cancellation'] as const;
export type JournalReason = (typeof JOURNAL_REASONS)[number];

/** One line of an account: a journal entry, signed from the account's view. Many tasks may share one line. */
export const LedgerLine = Type.Object({
  id: Type.String(),
  at: Timestamp,
  reason: OneOf(JOURNAL_REASONS),
  account: OneOf(['available', 'held', 'earned'] as const),
  amountYocto: Type.String({ pattern: '^-?[0-9]+$' }),
  tasks: Type.Integer({ description: 'tasks this line sums up' }),
});
export type LedgerLine = Static<typeof LedgerLine>;

export const Billing = Type.Object({
  availableYocto: YoctoAmount,
  heldYocto: YoctoAmount,
  earnedYocto: YoctoAmount,
  spentYocto: YoctoAmount,
  lines: Page(LedgerLine),
});
export type Billing = Static<typeof Billing>;

export const BillingQuery = Type.Object({ ...PageQuery, reason: Type.Optional(OneOf(JOURNAL_REASONS)) }, strict);
export type BillingQuery = Static<typeof BillingQuery>;

export const NodeEarnings = Type.Object({ nodeId: Id, earnedYocto: YoctoAmount, tasks: Type.Integer() });
export type NodeEarnings = Static<typeof NodeEarnings>;

/** The books of the whole network: balanced when the sum over all accounts is zero and each balance equals its entries. */
export const LedgerAudit = Type.Object({
  balanced: Type.Boolean(),
  sumYocto: Type.String(),
  accounts: Type.Integer(),
  journals: Type.Integer(),
  mismatchedAccounts: Type.Integer(),
  unbalancedJournals: Type.Integer(),
  issuedYocto: YoctoAmount,
  /** Deposited on chain and booked here. */
  escrowYocto: YoctoAmount,
  availableYocto: YoctoAmount,
  heldYocto: YoctoAmount,
  earnedYocto: YoctoAmount,
  feesYocto: YoctoAmount,
});
export type LedgerAudit = Static<typeof LedgerAudit>;
