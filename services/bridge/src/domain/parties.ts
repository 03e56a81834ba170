import { type OwnedReceipt, receiptOfJson, type WorkReceipt } from '@deai/protocol';
import type { AccountTotal, FollowedAccount } from './ports.ts';

/** What decides who pays and who is paid. */
export interface Parties {
  /** Account that a user linked. */
  links: ReadonlyMap<string, string>;
  /** Deposits of those accounts, and of the sponsor. */
  deposits: ReadonlyMap<string, FollowedAccount>;
  totals: ReadonlyMap<string, AccountTotal>;
  sponsorId: string;
}

/** The sponsor cannot pay for this batch. */
export class SponsorOutOfFunds extends Error {
  readonly missingYocto: bigint;

  constructor(missingYocto: bigint) {
    super('the deposit of the sponsor does not cover what completed');
    this.name = 'SponsorOutOfFunds';
    this.missingYocto = missingYocto;
  }
}

/**
 * Receipts with the accounts that settle them: a linked operator is paid on its account; a linked requester pays as far as its deposit goes,
 * less what it asked back and what open batches charge, and the sponsor pays the rest. So no batch charges an account beyond its deposit.
 * @throws SponsorOutOfFunds
 */
export function assignParties(owned: readonly OwnedReceipt[], { links, deposits, totals, sponsorId }: Parties): WorkReceipt[] {
  const left = new Map<string, bigint>();
  const leftOf = (account: string): bigint => {
    const known = left.get(account);
    if (known !== undefined) return known;
    const deposit = deposits.get(account);
    return deposit ? deposit.escrowYocto - deposit.requestedYocto - (totals.get(account)?.charged ?? 0n) : 0n;
  };
  const receipts = owned.map(({ receipt, requesterId, operatorId }) => {
    const made = receiptOfJson(receipt);
    const price = made.rewardYocto + made.feeYocto;
    const own = links.get(requesterId);
    const payer = own !== undefined && leftOf(own) >= price ? own : sponsorId;
    left.set(payer, leftOf(payer) - price);
    return { ...made, payer, payee: links.get(operatorId) ?? made.payee };
  });
  const sponsorLeft = left.get(sponsorId) ?? 0n;
  if (sponsorLeft < 0n) throw new SponsorOutOfFunds(-sponsorLeft);
  return receipts;
}
