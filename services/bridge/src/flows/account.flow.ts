import { NearError } from '@deai/near';
import type { SettlementAccount } from '@deai/protocol';
import { proofsOf } from '../domain/account-proofs.ts';
import type { Bridge } from './bridge.ts';

/** Answers kept at once. */
const KEPT = 1_000;
/** The chain is asked at most this often for an account, whoever asks. */
const FRESH_MS = 1_000;

/** What an account shows the contract, against the last final batch; `undefined` before the first. */
export async function accountProofs({ settlements, trees }: Bridge, accountId: string): Promise<SettlementAccount['proofs'] | undefined> {
  const last = await settlements.lastFinal();
  return last && (await proofsOf(accountId, last.number, await trees(last)));
}

/** What accounts claimed so far, as the chain says; `undefined` while it does not answer. */
export function createClaimed({ contract, now }: Bridge): (accountId: string) => Promise<bigint | undefined> {
  const known = new Map<string, { atMs: number; claimed: Promise<bigint | undefined> }>();
  return (accountId) => {
    const before = known.get(accountId);
    if (before && now() - before.atMs < FRESH_MS) return before.claimed;
    const claimed = contract.claimedOf(accountId).catch((error: unknown) => {
      if (error instanceof NearError) return undefined;
      throw error;
    });
    known.delete(accountId);
    known.set(accountId, { atMs: now(), claimed });
    for (const [oldest] of known) if (known.size > KEPT) known.delete(oldest);
    return claimed;
  };
}
