import { join } from 'node:path';
import { type Bus, createMemoryBus } from '@deai/bus';
import { createMemoryCache } from '@deai/cache';
import { type Database, migrate, openDatabase } from '@deai/db';
import { createFolderStore } from '@deai/objects';
import { newId } from '@deai/protocol';
import { createRewardManager, loadRewardManagerConfig } from '@deai/reward-manager';
import { createLogger, createMetrics, type Service, type ServiceContext } from '@deai/service-kit';
import { createTaskManager, loadTaskManagerConfig } from '@deai/task-manager';

/** The queue core, running: the task manager and the ledger on a database of their own, and nothing around them. */
export interface CoreContext {
  bus: Bus;
  db: Database;
  /** Starts the services; the commands that they call must be served by then. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The ledger first: the tasks' statements call its functions. */
const SCHEMAS = [
  { schema: 'ledger', service: '@deai/reward-manager' },
  { schema: 'tasks', service: '@deai/task-manager' },
];
const STARTING_CREDIT = { DEAI_REWARD_STARTING_CREDIT_YOCTO: `1${'0'.repeat(33)}` };

/** Migrates the database and wires both services to a bus in this process, with their settings as shipped. */
export async function openCore(databaseUrl: string, folder: string, alsoMigrate: readonly 'bridge'[] = []): Promise<CoreContext> {
  const others = alsoMigrate.map((schema) => ({ schema, service: `@deai/${schema}` }));
  await migrate(
    databaseUrl,
    [...SCHEMAS, ...others].map(({ schema, service }) => ({ schema, dir: new URL('../migrations/', import.meta.resolve(service)) })),
  );
  const logger = createLogger({ level: 'warn', pretty: false });
  const bus = createMemoryBus({ onError: (error, where) => logger.error({ err: error, ...where }, 'bus') });
  const db = await openDatabase({ url: databaseUrl, maxConnections: 20, applicationName: 'deai core', logger });
  const objects = await createFolderStore({ directory: join(folder, 'objects') });
  const context: ServiceContext = {
    instanceId: newId(),
    bus,
    db,
    cache: createMemoryCache({ maxEntries: 1_000 }),
    objects,
    logger,
    metrics: createMetrics(),
  };
  const services: Service[] = [
    createRewardManager(context, loadRewardManagerConfig(STARTING_CREDIT)),
    createTaskManager(context, loadTaskManagerConfig({})),
  ];
  return {
    bus,
    db,
    async start() {
      for (const service of services) await service.start();
    },
    async close() {
      for (const service of services.reverse()) await service.stop();
      await bus.close();
      await db.close();
    },
  };
}
