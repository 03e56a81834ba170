import type { Stop } from '@deai/bus';
import { formatUsd, parseUsd, type ServiceHealth } from '@deai/protocol';
import { createJob, type Job, type Service, type ServiceContext } from '@deai/service-kit';
import type { PriceOracleConfig } from './config.ts';
import { createPriceGauges } from './domain/price-gauges.ts';
import { createPriceWatch } from './domain/price-watch.ts';
import { createSources } from './sources/create-sources.ts';
import { createPgPriceStore } from './store/pg-price.store.ts';

const RETENTION_MS = 3_600_000;
/** A source takes several requests, each tried up to three times. */
const REQUESTS_PER_READING = 4;

/** Of the outside world only this, and the NEAR node that the configuration names. */
export type PriceOracleContext = Pick<ServiceContext, 'bus' | 'db' | 'logger' | 'metrics'>;

/** The price of the token in US dollars. See README.md. */
export function createPriceOracle({ bus, db, logger, metrics }: PriceOracleContext, config: PriceOracleConfig): Service {
  const store = createPgPriceStore(db);
  const gauges = createPriceGauges(metrics);
  const { sources, label } = createSources(config);
  const watch = createPriceWatch({
    sources,
    label,
    guards: config,
    keepMs: config.keepMs,
    readTimeoutMs: config.timeoutMs * REQUESTS_PER_READING,
    onRead: gauges.countRead,
  });
  const kept = label === 'median' && sources.length > 0;
  let storeProblem: string | undefined;
  let troubled = false;
  let running: AbortController | undefined;
  let jobs: Job[] = [];
  let stops: Stop[] = [];

  async function read(stop: AbortSignal): Promise<void> {
    const price = await watch.refresh(stop);
    const { problem, current } = watch;
    gauges.show(current);
    if ((problem !== undefined) !== troubled) {
      troubled = problem !== undefined;
      logger.warn({ problem: problem ?? null, price: current.usd, sources: current.sources }, 'the state of the price changed');
    }
    if (!price) return;
    bus.publish('prices.changed', { usd: formatUsd(price.priceAttoUsd), atMs: price.atMs, source: label });
    if (!kept) return;
    try {
      await store.add(price, config.readMs);
      storeProblem = undefined;
    } catch (error) {
      storeProblem = `the price is not kept: ${error instanceof Error ? error.message : String(error)}`;
      throw error;
    }
  }
  async function health(): Promise<Pick<ServiceHealth, 'status' | 'detail'>> {
    if (!running) return { status: 'down', detail: 'not started' };
    const problems = [watch.problem, storeProblem].filter((problem) => problem !== undefined);
    return problems.length === 0 ? { status: 'ok' } : { status: 'degraded', detail: problems.join('; ') };
  }

  return {
    name: 'price-oracle',
    health,
    async start() {
      const stopping = new AbortController();
      if (kept) {
        const last = await store.last();
        if (last) watch.learn(last);
      }
      const readJob = createJob('read', config.readMs, () => read(stopping.signal), logger);
      jobs = sources.length === 0 ? [] : [readJob];
      if (kept) jobs.push(createJob('retention', RETENTION_MS, async () => void (await store.deleteOlder(config.historyDays)), logger));
      stops = await Promise.all([
        bus.serve('prices.current', async () => watch.current),
        bus.serve('service.health', async () => ({ service: 'price-oracle', latencyMs: 0, ...(await health()) }), {
          instance: 'price-oracle',
        }),
        // Another instance may reach a source that this one does not.
        bus.subscribe('prices.changed', ({ usd, atMs, source }) => {
          if (kept && source === label) watch.learn({ priceAttoUsd: parseUsd(usd), atMs });
        }),
      ]);
      running = stopping;
      // Chains may be slow or away: the service is up before they answer. What is fixed is known at once.
      const first = sources.length === 0 ? Promise.resolve() : readJob.runNow().catch(() => undefined);
      if (!kept) await first;
      for (const job of jobs) job.start();
    },
    async stop() {
      for (const stop of stops.splice(0)) stop();
      running?.abort();
      running = undefined;
      await Promise.all(jobs.splice(0).map((job) => job.stop()));
    },
  };
}
