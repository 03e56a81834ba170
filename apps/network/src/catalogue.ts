import { createAuthService, loadAuthConfig } from '@deai/auth';
import { createBridge, loadBridgeConfig } from '@deai/bridge';
import { createGateway, loadGatewayConfig } from '@deai/gateway';
import { createMonitoring, loadMonitoringConfig } from '@deai/monitoring';
import { createNodeManager, loadNodeManagerConfig } from '@deai/node-manager';
import { createPriceOracle, loadPriceOracleConfig } from '@deai/price-oracle';
import { SERVICES, type ServiceName } from '@deai/protocol';
import { createRealtime, loadRealtimeConfig } from '@deai/realtime';
import { createRewardManager, loadRewardManagerConfig } from '@deai/reward-manager';
import type { Env, Service, ServiceContext } from '@deai/service-kit';
import { createTaskManager, loadTaskManagerConfig } from '@deai/task-manager';

/** What the composition root knows of a service: how to make it, and which schema of the database is its own. */
interface Entry {
  create(context: ServiceContext, env: Env): Service;
  schema?: string;
}

const CATALOGUE: Readonly<Record<ServiceName, Entry>> = {
  'reward-manager': { create: (context, env) => createRewardManager(context, loadRewardManagerConfig(env)), schema: 'ledger' },
  auth: { create: (context, env) => createAuthService(context, loadAuthConfig(env)), schema: 'auth' },
  'price-oracle': { create: (context, env) => createPriceOracle(context, loadPriceOracleConfig(env)), schema: 'oracle' },
  'task-manager': { create: (context, env) => createTaskManager(context, loadTaskManagerConfig(env)), schema: 'tasks' },
  'node-manager': { create: (context, env) => createNodeManager(context, loadNodeManagerConfig(env)), schema: 'nodes' },
  bridge: { create: (context, env) => createBridge(context, loadBridgeConfig(env)), schema: 'bridge' },
  monitoring: { create: (context, env) => createMonitoring(context, loadMonitoringConfig(env)), schema: 'monitoring' },
  realtime: { create: (context, env) => createRealtime(context, loadRealtimeConfig(env)) },
  gateway: { create: (context, env) => createGateway(context, loadGatewayConfig(env)) },
};

/**
 * The order in which services start and their migrations run, the ledger's functions before the tasks that call them; they stop in
 * reverse, node sessions before the scheduler that must hear of their end.
 */
const START_ORDER = Object.keys(CATALOGUE) as ServiceName[];

export function isService(name: string): name is ServiceName {
  return (SERVICES as readonly string[]).includes(name);
}

/** Makes the asked services, in the order they start. Reads and checks the configuration of each. */
export function createServices(names: readonly ServiceName[], context: (name: ServiceName) => ServiceContext, env: Env): Service[] {
  return START_ORDER.filter((name) => names.includes(name)).map((name) => CATALOGUE[name].create(context(name), env));
}

/** Every service's migrations, in order; all of them run whichever services this process has, for their schemas call each other. */
export function allMigrations(): { schema: string; dir: URL }[] {
  return START_ORDER.flatMap((name) => {
    const { schema } = CATALOGUE[name];
    return schema ? [{ schema, dir: new URL('../migrations/', import.meta.resolve(`@deai/${name}`)) }] : [];
  });
}
