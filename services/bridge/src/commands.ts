import type { Bus, Stop } from '@deai/bus';
import { DeaiError, type ServiceHealth } from '@deai/protocol';
import { requireScope } from '@deai/service-kit';
import { claimJson } from './domain/claims.ts';
import { askClaim } from './flows/ask-claim.flow.ts';
import type { Bridge } from './flows/bridge.ts';
import { linkAccount } from './flows/link.flow.ts';
import type { QueryFlow } from './flows/query.flow.ts';

/** What the commands need. */
export interface CommandParts {
  /** @throws DeaiError `SETTLEMENT_OFF`, or `CHAIN_UNAVAILABLE` while the contract was not read yet. */
  open(): { bridge: Bridge; queries: QueryFlow };
  health(): Promise<Pick<ServiceHealth, 'status' | 'detail'>>;
}

/** Puts the bridge behind its commands. Returns the way to stop serving. */
export async function serveCommands(bus: Bus, { open, health }: CommandParts): Promise<Stop> {
  const stops = await Promise.all([
    bus.serve('settlement.status', async () => await open().queries.status()),
    bus.serve('settlement.token', async () => await open().queries.token()),
    bus.serve('settlement.batches', async ({ query }) => await open().queries.batches(query)),
    bus.serve('settlement.batch', async ({ number }) => await open().queries.batch(number)),
    bus.serve('settlement.leaves', async ({ number, query }) => await open().queries.leaves(number, query)),
    bus.serve('settlement.account', async ({ accountId }) => await open().queries.account(accountId)),
    bus.serve('settlement.history', async ({ accountId, query }) => await open().queries.history(accountId, query)),
    bus.serve('settlement.claim', async ({ principal, request, idempotencyKey }) => {
      requireScope(principal, 'account:write');
      const { bridge, queries } = open();
      return await askClaim(bridge, { principal, request, idempotencyKey, account: queries.account });
    }),
    bus.serve('settlement.getClaim', async ({ principal, id }) => {
      requireScope(principal, 'account:read');
      const claim = await open().bridge.claims.get(principal.userId, id);
      if (!claim) throw new DeaiError('CLAIM_NOT_FOUND', { id });
      return claimJson(claim);
    }),
    bus.serve('settlement.listClaims', async ({ principal, query }) => {
      requireScope(principal, 'account:read');
      const { items, nextCursor } = await open().bridge.claims.page(principal.userId, query);
      return { items: items.map(claimJson), nextCursor };
    }),
    bus.serve('settlement.ofTasks', async ({ taskIds }) => ({ states: await open().queries.ofTasks(taskIds) })),
    bus.serve('settlement.receipt', async ({ taskId }) => ({ settled: await open().queries.receipt(taskId) })),
    bus.serve('settlement.linkAccount', async ({ principal, link }) => {
      requireScope(principal, 'account:write');
      return await linkAccount(open().bridge, principal, link);
    }),
    bus.serve('settlement.linkedAccount', async ({ principal }) => {
      requireScope(principal, 'account:read');
      const links = await open().bridge.links.ofUsers([principal.userId]);
      return { accountId: links.get(principal.userId) ?? null };
    }),
    bus.serve('service.health', async () => ({ service: 'bridge', latencyMs: 0, ...(await health()) }), { instance: 'bridge' }),
  ]);
  return () => {
    for (const stop of stops) stop();
  };
}

/** What is answered where nothing is settled. */
export const settlementOff = () => new DeaiError('SETTLEMENT_OFF', { hint: 'The operator runs it with DEAI_SETTLEMENT=off.' });
