import { join } from 'node:path';
import { type Bus, connectNatsBus, createMemoryBus } from '@deai/bus';
import { type Cache, createMemoryCache } from '@deai/cache';
import { type Database, migrate, openDatabase, startEmbeddedPostgres } from '@deai/db';
import { createFolderStore, type ObjectStore } from '@deai/objects';
import type { Logger } from '@deai/service-kit';
import { allMigrations } from './catalogue.ts';
import type { NetworkConfig } from './config.ts';
import { type OwnChain, startOwnChain, wantsOwnChain } from './own-chain.ts';

/** The outside world of the services of this process. */
export interface Ports {
  db: Database;
  bus: Bus;
  cache: Cache;
  objects: ObjectStore;
  /** True when the database is the embedded one, owned by this process. */
  embedded: boolean;
  /** The chain that this process runs itself, with the network's contracts on it. */
  chain: OwnChain | undefined;
  /** In reverse order of opening. */
  close(): Promise<void>;
}

const CACHE_ENTRIES = 100_000;

/** Opens the adapters that the configuration names, and brings the database's schemas up to date. */
export async function openPorts(config: NetworkConfig, logger: Logger): Promise<Ports> {
  const closers: (() => Promise<void>)[] = [];
  const keep = <T>(opened: T, close: (opened: T) => Promise<unknown>): T => {
    closers.unshift(async () => void (await close(opened)));
    return opened;
  };
  const close = async () => {
    for (const closer of closers) await closer();
  };
  // Beside PostgreSQL, whose server starts in a process of its own meanwhile.
  const starting = wantsOwnChain(config) ? startOwnChain(join(config.dataDir, 'chain'), logger) : undefined;
  starting?.catch(() => undefined);
  let chain: OwnChain | undefined;
  try {
    const url =
      config.DATABASE_URL ??
      keep(await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres'), logger }), (pg) => pg.stop()).url;
    const applied = await migrate(url, allMigrations(), { logger });
    if (applied.length > 0) logger.info({ migrations: applied }, 'database schemas brought up to date');
    const options = {
      url,
      maxConnections: config.DEAI_DB_CONNECTIONS,
      applicationName: `deai ${config.services.join(',')}`.slice(0, 60),
      logger,
    };
    const db = keep(await openDatabase(options), (opened) => opened.close());
    const onError = (error: unknown, where: object) => logger.error({ err: error, ...where }, 'bus');
    const bus = keep(
      config.NATS_URL ? await connectNatsBus({ url: config.NATS_URL, name: 'deai', onError }) : createMemoryBus({ onError }),
      (opened) => opened.close(),
    );
    const cache = keep(createMemoryCache({ maxEntries: CACHE_ENTRIES }), (opened) => opened.close());
    const objects = keep(await createFolderStore({ directory: join(config.dataDir, 'objects') }), (opened) => opened.close());
    if (starting) chain = keep(await starting, (opened) => opened.close());
    return { db, bus, cache, objects, embedded: !config.DATABASE_URL, chain, close };
  } catch (error) {
    if (!chain) await (await starting?.catch(() => undefined))?.close();
    await close();
    throw error;
  }
}
