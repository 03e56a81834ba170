import { type Bus, createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  DeaiError,
  newId,
  type Principal,
  ROLE_SCOPES,
  type Role,
  type Scope,
  SERVICES,
} from '@deai/protocol';
import { createHttpApp, createLogger, createMetrics, type HttpApp, type Service } from '@deai/service-kit';
import type { RouteOptions } from 'fastify';
import { createGateway } from '../app.ts';
import { type GatewayConfig, loadGatewayConfig } from '../config.ts';
import { ANSWERS, type Answered } from './answers.ts';

/** A gateway with services behind it that the test can speak for. */
export interface World {
  app: HttpApp;
  bus: Bus;
  gateway: Service;
  /** Every route that was added, HEAD and hidden ones too. */
  routes: RouteOptions[];
  /** Commands that reached the services, oldest first; those that authenticate are left out. */
  calls: { name: CommandName; input: unknown }[];
  /** Answers a command in another way from now on. */
  answer<C extends Answered>(name: C, how: (input: CommandInput<C>) => CommandOutput<C> | Promise<CommandOutput<C>>): void;
  /** Services that say `down` when asked. */
  down: Set<string>;
  /** The headers of a caller with these roles or scopes. */
  as(roles: Role[], scopes?: readonly Scope[]): { authorization: string };
  close(): Promise<void>;
}

export interface WorldOptions {
  config?: Partial<GatewayConfig>;
  db?: Parameters<typeof createGateway>[0]['db'];
}

/** Rate limits are off unless the test sets some. */
export async function createWorld({ config = {}, db }: WorldOptions = {}): Promise<World> {
  const bus = createMemoryBus({ onError: () => undefined });
  const cache = createMemoryCache();
  const logger = createLogger({ level: 'silent', pretty: false });
  const metrics = createMetrics();
  const app = await createHttpApp({ logger, metrics, bodyLimit: 1_048_576, maxFrameBytes: 65_536, trustProxy: false });
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (options) => {
    routes.push(options);
  });
  const keys = new Map<string, Principal>();
  const calls: World['calls'] = [];
  const down = new Set<string>();
  const answers = new Map<CommandName, (input: never) => unknown>(Object.entries(ANSWERS) as [CommandName, (input: never) => unknown][]);
  const open = db ?? { query: async () => ({ rows: [], rowCount: 0 }) };
  const limits = { rateLimitPerMinute: 0, authRateLimitPerMinute: 0 };
  const gateway = createGateway(
    { bus, cache, db: open, logger },
    { ...loadGatewayConfig({ DEAI_GATEWAY_DASHBOARD_DIR: 'off' }), ...limits, ...config },
  );
  await gateway.mount?.(app);
  await serve(bus, answers, calls, keys, down);
  await gateway.start();
  return {
    app,
    bus,
    gateway,
    routes,
    calls,
    down,
    answer: (name, how) => void answers.set(name, how as (input: never) => unknown),
    as(roles, scopes = roles.flatMap((role) => [...ROLE_SCOPES[role]])) {
      const key = `deai_${newId()}`;
      const principal: Principal = { userId: newId(), roles, scopes: [...scopes], via: 'api-key', credentialId: newId() };
      keys.set(key, principal);
      return { authorization: `Bearer ${key}` };
    },
    async close() {
      await gateway.stop();
      await app.close();
      await bus.close();
      await cache.close();
    },
  };
}

async function serve(
  bus: Bus,
  answers: Map<CommandName, (input: never) => unknown>,
  calls: World['calls'],
  keys: Map<string, Principal>,
  down: Set<string>,
): Promise<void> {
  for (const name of answers.keys()) {
    await bus.serve(name, async (input) => {
      calls.push({ name, input });
      return (await answers.get(name)?.(input as never)) as never;
    });
  }
  await bus.serve('auth.verifyApiKey', async ({ key }) => {
    const principal = keys.get(key);
    if (!principal) throw new DeaiError('UNAUTHENTICATED');
    return { principal, expiresAtMs: null };
  });
  for (const service of SERVICES.filter((name) => name !== 'gateway')) {
    const health = async () => ({ service, status: down.has(service) ? ('down' as const) : ('ok' as const), latencyMs: 0 });
    await bus.serve('service.health', health, { instance: service });
  }
}
