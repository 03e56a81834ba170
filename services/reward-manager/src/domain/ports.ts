import type { Billing, BillingQuery, DepositState, LedgerAudit, PriceList } from '@deai/protocol';

/** The ledger as this service uses it. Holds and settlements are SQL functions that the task manager calls in its own statements. */
export interface LedgerStore {
  /** Opens the owner's accounts with the credit; false, and no change, when they were open. */
  openAccount(ownerId: string, startingCreditYocto: bigint): Promise<boolean>;
  /**
   * Books what changed in deposits on chain, opening the accounts of owners who have none. Answers what owners of these accounts owe: it was
   * taken back on chain, and is spent or on hold here.
   */
  syncDeposits(deposits: DepositState[], startingCreditYocto: bigint): Promise<{ userId: string; owedYocto: string }[]>;
  /** Balances, spending and a page of lines; zeros for an owner without accounts. @throws DeaiError `INVALID_CURSOR`. */
  billing(ownerId: string, query: BillingQuery): Promise<Billing>;
  /** Recomputes everything from the entries, in one snapshot. Reads the whole ledger. */
  audit(): Promise<LedgerAudit>;
}

/** The price lists, of which the newest is in force. */
export interface PriceStore {
  current(): Promise<PriceList>;
  currentVersion(): Promise<number>;
}
