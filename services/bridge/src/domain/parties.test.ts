import { receiptToJson } from '@deai/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { account, amount, sampleReceipt } from '../testing/samples.ts';
import { assignParties, SponsorOutOfFunds } from './parties.ts';
import type { AccountTotal, FollowedAccount } from './ports.ts';

const SPONSOR = 'sponsor.near';
const deposit = (id: string, escrowYocto: bigint, requestedYocto = 0n): [string, FollowedAccount] => [
  id,
  { account: id, escrowYocto, requestedYocto, requestedAtMs: undefined },
];
const charged = (id: string, yocto: bigint): [string, AccountTotal] => [
  id,
  { account: id, earned: 0n, charged: yocto, firstBatch: undefined, depositor: true },
];
const owned = (price: bigint) => ({
  receipt: receiptToJson(sampleReceipt({ payer: SPONSOR, rewardYocto: price, feeYocto: 0n })),
  requesterId: 'ann',
  operatorId: 'bob',
});

it('charges a linked account as far as its deposit goes, less what it asked back and was charged before, and then the sponsor', () => {
  const receipts = assignParties([owned(40n), owned(50n), owned(30n)], {
    links: new Map([['ann', 'ann.near']]),
    deposits: new Map([deposit('ann.near', 120n, 20n), deposit(SPONSOR, 1_000n)]),
    totals: new Map([charged('ann.near', 25n)]),
    sponsorId: SPONSOR,
  });
  expect(receipts.map(({ payer }) => payer)).toEqual(['ann.near', SPONSOR, 'ann.near']);
  expect(receipts.map(({ payee }) => payee)).toEqual(['bob.near', 'bob.near', 'bob.near']);
});

it('pays a linked operator on its account', () => {
  const parties = {
    links: new Map([['bob', 'bob.near']]),
    deposits: new Map([deposit(SPONSOR, 9n)]),
    totals: new Map(),
    sponsorId: SPONSOR,
  };
  const given = owned(9n);
  given.receipt.payee = 'ab'.repeat(32);
  expect(assignParties([given], parties)[0]?.payee).toBe('bob.near');
  expect(assignParties([given], { ...parties, links: new Map() })[0]?.payee).toBe('ab'.repeat(32));
});

it('never charges anybody beyond the deposit, and says what the sponsor lacks', () => {
  const state = fc.record({ escrow: amount, requested: amount, charged: amount });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(account, amount), { maxLength: 20 }),
      fc.dictionary(account, state),
      state,
      (tasks, accounts, sponsor) => {
        const all: Record<string, typeof sponsor> = { ...accounts, [SPONSOR]: sponsor };
        const parties = {
          links: new Map(Object.keys(accounts).map((id) => [id, id])),
          deposits: new Map(Object.entries(all).map(([id, { escrow, requested }]) => deposit(id, escrow, requested))),
          totals: new Map(Object.entries(all).map(([id, each]) => charged(id, each.charged))),
          sponsorId: SPONSOR,
        };
        const free = (id: string) => {
          const { escrow, requested, charged: before } = all[id] as (typeof all)[string];
          return escrow - requested - before;
        };
        try {
          const receipts = assignParties(
            tasks.map(([id, price]) => ({ ...owned(price), requesterId: id })),
            parties,
          );
          const spent = new Map<string, bigint>();
          for (const { payer, rewardYocto } of receipts) spent.set(payer, (spent.get(payer) ?? 0n) + rewardYocto);
          for (const [id, sum] of spent) if (sum > 0n) expect(sum).toBeLessThanOrEqual(free(id));
        } catch (error) {
          if (!(error instanceof SponsorOutOfFunds)) throw error;
          expect(error.missingYocto).toBeGreaterThan(0n);
          expect(error.missingYocto).toBeLessThanOrEqual(tasks.reduce((sum, [, price]) => sum + price, 0n) - free(SPONSOR));
        }
      },
    ),
  );
});
