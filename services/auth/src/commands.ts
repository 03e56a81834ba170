import type { Bus, Handler, Stop } from '@deai/bus';
import type { CommandName, ServiceHealth } from '@deai/protocol';
import type { AuthMetrics } from './auth-metrics.ts';
import type { Accounts } from './domain/accounts.ts';
import type { Administration } from './domain/administration.ts';
import type { ApiKeys } from './domain/api-keys.ts';
import type { KeyRing } from './domain/key-ring.ts';
import type { NetworkKeyRing } from './domain/network-keys.ts';
import type { Sessions } from './domain/sessions.ts';

export interface CommandsDeps {
  bus: Bus;
  accounts: Accounts;
  sessions: Sessions;
  apiKeys: ApiKeys;
  administration: Administration;
  keyRing: KeyRing;
  networkKeys: NetworkKeyRing;
  metrics: AuthMetrics;
  health(): Promise<Pick<ServiceHealth, 'status' | 'detail'>>;
}

/** Puts the domain behind the commands of the auth service. The answer stops serving and waits for what is under way. */
export async function serveCommands({
  bus,
  accounts,
  sessions,
  apiKeys,
  administration,
  keyRing,
  networkKeys,
  metrics,
  health,
}: CommandsDeps): Promise<() => Promise<void>> {
  const underWay = new Set<Promise<unknown>>();
  const serve = <C extends CommandName>(name: C, handler: Handler<C>, options?: { instance: string }): Promise<Stop> => {
    const tracked: Handler<C> = async (input) => {
      const run = handler(input);
      underWay.add(run);
      try {
        return await run;
      } finally {
        underWay.delete(run);
      }
    };
    return bus.serve(name, tracked, options);
  };
  const stops = await Promise.all([
    serve('auth.register', ({ clientIp, ...request }) => accounts.register(request, clientIp)),
    serve('auth.login', ({ clientIp, ...request }) => metrics.login(() => sessions.login(request, clientIp))),
    serve('auth.refresh', (request) => metrics.refresh(() => sessions.refresh(request))),
    serve('auth.logout', async ({ principal }) => ({ closed: await sessions.logout(principal) })),
    serve('auth.verifyApiKey', ({ key }) => metrics.keyCheck(() => apiKeys.verify(key))),
    serve('auth.jwks', async () => ({ keys: keyRing.jwks() })),
    serve('auth.networkKeys', async () => ({ keys: networkKeys.list() })),
    serve('auth.signReceipt', async ({ networkId, receiptHash }) => networkKeys.signReceipt(networkId, receiptHash)),
    serve('auth.getProfile', ({ principal }) => accounts.getProfile(principal)),
    serve('auth.updateProfile', ({ principal, update }) => accounts.updateProfile(principal, update)),
    serve('auth.listApiKeys', async ({ principal }) => ({ items: await apiKeys.list(principal) })),
    serve('auth.createApiKey', ({ principal, request }) => apiKeys.create(principal, request)),
    serve('auth.revokeApiKey', ({ principal, id }) => apiKeys.revoke(principal, id)),
    serve('auth.setRoles', ({ principal, userId, roles }) => accounts.setRoles(principal, userId, roles)),
    serve('auth.listUsers', ({ principal, query }) => administration.users(principal, query)),
    serve('auth.auditLog', ({ principal, query }) => administration.auditLog(principal, query)),
    serve('auth.auditChain', ({ principal }) => administration.auditChain(principal)),
    serve('auth.auditRecords', ({ principal, query }) => administration.auditRecords(principal, query)),
    serve('auth.recordAct', async ({ principal, act }) => ({ entryId: await administration.recordAct(principal, act) })),
    serve('auth.concludeAct', async ({ principal, end }) => ({ concluded: await administration.concludeAct(principal, end) })),
    serve('service.health', async () => ({ service: 'auth', latencyMs: 0, ...(await health()) }), { instance: 'auth' }),
  ]);
  return async () => {
    for (const stop of stops) stop();
    await Promise.allSettled(underWay);
  };
}
