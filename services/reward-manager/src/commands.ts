import type { Bus, Stop } from '@deai/bus';
import { DeaiError, type DepositState, isUuid, type ServiceHealth } from '@deai/protocol';
import { requireScope } from '@deai/service-kit';
import type { LedgerWatch } from './domain/ledger-watch.ts';
import type { LedgerStore, PriceStore } from './domain/ports.ts';

/** What the commands need. */
export interface CommandParts {
  ledger: LedgerStore;
  prices: PriceStore;
  watch: LedgerWatch;
  startingCreditYocto: bigint;
  health(): Promise<Pick<ServiceHealth, 'status' | 'detail'>>;
  /** Told of an account that could not be opened for a registration. */
  onOpenFailed(error: unknown, userId: string): void;
}

/** Puts the reward manager behind its commands and events. Returns the way to stop serving. */
export async function serveCommands(bus: Bus, parts: CommandParts): Promise<Stop> {
  const { ledger, prices, watch, startingCreditYocto } = parts;
  async function openAccount(userId: string): Promise<{ opened: boolean }> {
    if (!isUuid(userId)) throw new DeaiError('INVALID_INPUT', { in: 'userId', hint: 'Send the id of a user.' });
    return { opened: await ledger.openAccount(userId, startingCreditYocto) };
  }

  const stops = await Promise.all([
    bus.serve('rewards.prices', () => prices.current()),
    bus.serve('rewards.openAccount', ({ userId }) => openAccount(userId)),
    bus.serve('rewards.billing', async ({ principal, query }) => {
      requireScope(principal, 'billing:read');
      return await ledger.billing(principal.userId, query);
    }),
    bus.serve('rewards.audit', () => watch.audit()),
    bus.serve('rewards.syncDeposits', async ({ deposits }) => ({
      owed: await ledger.syncDeposits(readDeposits(deposits), startingCreditYocto),
    })),
    bus.serve('service.health', async () => ({ service: 'reward-manager', latencyMs: 0, ...(await parts.health()) }), {
      instance: 'reward-manager',
    }),
    // The event may be lost: whoever needs the account for certain sends the command, and the second opening does nothing.
    bus.subscribe('auth.userRegistered', ({ userId }) => {
      openAccount(userId).catch((error: unknown) => parts.onOpenFailed(error, userId));
    }),
  ]);
  return () => {
    for (const stop of stops) stop();
  };
}

const ACCOUNT = /^[a-z0-9._-]{2,64}$/;
/** A u128 at most. */
const AMOUNT = /^\d{1,39}$/;

function readDeposits(deposits: DepositState[]): DepositState[] {
  const wrong = deposits.find((d) => !isUuid(d.userId) || !ACCOUNT.test(d.accountId) || !AMOUNT.test(d.netYocto));
  if (wrong) throw new DeaiError('INVALID_INPUT', { in: 'deposits', wrong, hint: 'Send a user, a NEAR account and whole yocto-DEAI.' });
  return deposits;
}
