import type { Bus } from '@deai/bus';
import { createJob, type Job, type Logger } from '@deai/service-kit';
import type { RewardManagerConfig } from '../config.ts';
import type { LedgerWatch } from '../domain/ledger-watch.ts';
import type { PriceStore } from '../domain/ports.ts';

/** Audits the ledger every now and then; what it finds is kept by the watch. */
export function createAuditJob(watch: LedgerWatch, { auditMs }: RewardManagerConfig, logger: Logger): Job {
  return createJob('ledger-audit', auditMs, async () => void (await watch.audit()), logger);
}

/** Tells everybody when a new price list came into force. The first run only learns the version. */
export function createPriceWatchJob(prices: PriceStore, bus: Bus, { pricesMs }: RewardManagerConfig, logger: Logger): Job {
  let known: number | undefined;
  return createJob(
    'price-watch',
    pricesMs,
    async () => {
      const version = await prices.currentVersion();
      if (known !== undefined && known !== version) {
        logger.info({ version }, 'a new price list is in force');
        bus.publish('rewards.pricesChanged', { version });
      }
      known = version;
    },
    logger,
  );
}
