import { createDepositModel } from './deposit-model.ts';
import type { Balances, HoldAnswer, HoldRequest, Settlement } from './ledger-driver.ts';

/** A hold that was granted and not settled yet. */
export interface OpenHold {
  owner: string;
  amount: bigint;
}

/** What the ledger must look like, kept beside it in plain arithmetic. */
export function createLedgerModel() {
  const opened = new Map<string, bigint>();
  const earned = new Map<string, bigint>();
  const open: OpenHold[] = [];
  let fees = 0n;

  const add = (to: Map<string, bigint>, owner: string, amount: bigint) => to.set(owner, (to.get(owner) ?? 0n) + amount);
  return {
    deposits: createDepositModel({
      available: (owner) => opened.get(owner) ?? 0n,
      add: (owner, amount) => add(opened, owner, amount),
    }),
    open,
    get fees() {
      return fees;
    },
    isOpen: (owner: string) => opened.has(owner),
    credit: (owner: string, amount: bigint) => add(opened, owner, amount),
    /** The answers that greedy granting in order must give. */
    expectHolds(requests: HoldRequest[]): Pick<HoldAnswer, 'ok' | 'reason'>[] {
      const left = new Map(opened);
      return requests.map(({ owner, amount }) => {
        const available = owner === null ? undefined : left.get(owner);
        if (owner === null || available === undefined) return { ok: false, reason: 'no_account' };
        if (BigInt(amount) > available) return { ok: false, reason: 'insufficient_funds' };
        left.set(owner, available - BigInt(amount));
        return { ok: true, reason: null };
      });
    },
    held(requests: HoldRequest[], answers: HoldAnswer[]): void {
      for (const { idx, ok } of answers) {
        const { owner, amount } = requests[idx] as HoldRequest;
        if (!ok || owner === null) continue;
        add(opened, owner, -BigInt(amount));
        open.push({ owner, amount: BigInt(amount) });
      }
    },
    settled(settlements: Settlement[]): void {
      for (const { requester, operator, hold, reward, fee } of settlements) {
        if (requester !== null) add(opened, requester, BigInt(hold) - BigInt(reward) - BigInt(fee));
        if (operator !== null) add(earned, operator, BigInt(reward));
        fees += BigInt(fee);
      }
    },
    balances: (owner: string): Balances => ({
      available: opened.get(owner) ?? 0n,
      held: open.filter((hold) => hold.owner === owner).reduce((sum, { amount }) => sum + amount, 0n),
      earned: earned.get(owner) ?? 0n,
    }),
  };
}
