import type { Billing, BillingQuery, LedgerAudit, PriceList } from '@deai/protocol';

/** The ledger as this service uses it. Holds and settlements are SQL functions that the task manager calls in its own statements. */
export interface LedgerStore {
  /** Opens the owner's accounts with the credit; false, and no change, when they were open. */
  openAccount(ownerId: string, startingCreditYocto: bigint): Promise<boolean>;
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
