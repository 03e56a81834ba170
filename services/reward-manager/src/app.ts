import type { Stop } from '@deai/bus';
import type { Job, Service, ServiceContext } from '@deai/service-kit';
import { serveCommands } from './commands.ts';
import type { RewardManagerConfig } from './config.ts';
import { createLedgerWatch } from './domain/ledger-watch.ts';
import { createAuditJob, createPriceWatchJob } from './jobs/upkeep.jobs.ts';
import { createPgLedgerStore } from './store/pg-ledger.store.ts';
import { createPgPriceStore } from './store/pg-price.store.ts';

/** Of the outside world only this. */
export type RewardManagerContext = Pick<ServiceContext, 'bus' | 'db' | 'logger' | 'metrics'>;

/** The reward manager: accounts, billing, prices, and the watch over the ledger. See README.md. */
export function createRewardManager(context: RewardManagerContext, config: RewardManagerConfig): Service {
  const { bus, db, logger, metrics } = context;
  const ledger = createPgLedgerStore(db);
  const prices = createPgPriceStore(db);
  const watch = createLedgerWatch(ledger, logger, metrics);
  const auditJob = createAuditJob(watch, config, logger);
  const priceJob = createPriceWatchJob(prices, bus, config, logger);
  const jobs: Job[] = [auditJob, priceJob];
  let stopServing: Stop | undefined;

  const service: Service = {
    name: 'reward-manager',
    async start() {
      // Proves that the database answers and is migrated before anybody is served.
      await priceJob.runNow();
      stopServing = await serveCommands(bus, {
        ledger,
        prices,
        watch,
        startingCreditYocto: config.startingCreditYocto,
        health: () => service.health(),
        onOpenFailed: (error, userId) => logger.error({ err: error, userId }, 'the account of a new user could not be opened'),
      });
      // The first audit of a large ledger takes a while, and its failure is logged and shows in the health.
      void auditJob.runNow().catch(() => undefined);
      for (const job of jobs) job.start();
    },
    async stop() {
      stopServing?.();
      stopServing = undefined;
      await Promise.all(jobs.map((job) => job.stop()));
    },
    async health() {
      if (!stopServing) return { status: 'down', detail: 'not started' };
      return watch.problem === undefined ? { status: 'ok' } : { status: 'degraded', detail: watch.problem };
    },
  };
  return service;
}
