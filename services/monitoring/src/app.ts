import type { Stop } from '@deai/bus';
import type { ServiceHealth } from '@deai/protocol';
import { createJob, type Job, type Logger, type Service, type ServiceContext } from '@deai/service-kit';
import type { MonitoringConfig } from './config.ts';
import { createNetworkGauges } from './domain/gauges.ts';
import { createHealthProbe } from './domain/health-probe.ts';
import { createHistory } from './domain/history.ts';
import { createNetworkWatch, type NetworkWatch } from './domain/network-watch.ts';
import { createRecentHistory } from './domain/recent-history.ts';
import { createPgMonitoringStore } from './store/pg-monitoring.store.ts';

const RETENTION_MS = 3_600_000;

/** Of the outside world only this. */
export type MonitoringContext = Pick<ServiceContext, 'bus' | 'db' | 'logger' | 'metrics'>;

/** The network's statistics, their history, and the health of every service. */
export function createMonitoring({ bus, db, logger, metrics }: MonitoringContext, config: MonitoringConfig): Service {
  const store = createPgMonitoringStore(db);
  const gauges = createNetworkGauges(metrics);
  const options = { timeoutMs: config.probeTimeoutMs };
  const probe = createHealthProbe({
    ask: (service) => bus.request('service.health', { service }, { ...options, to: service }),
    incidents: store,
    onChange(service) {
      gauges.countChange(service);
      logger.warn({ service: service.service, status: service.status, detail: service.detail }, 'a service changed its state');
    },
  });
  let watch: NetworkWatch | undefined;
  let storeProblem: string | undefined;
  let jobs: Job[] = [];
  let stops: Stop[] = [];

  /** A job on the store, whose failure shows in this service's health until it works again. */
  function storeJob(name: string, everyMs: number, work: () => Promise<unknown>): Job {
    return createJob(
      name,
      everyMs,
      async () => {
        try {
          await work();
          storeProblem = undefined;
        } catch (error) {
          storeProblem = `${name}: ${error instanceof Error ? error.message : String(error)}`;
          throw error;
        }
      },
      logger,
    );
  }
  async function health(): Promise<Pick<ServiceHealth, 'status' | 'detail'>> {
    if (!watch) return { status: 'down', detail: 'not started' };
    const problems = [...watch.problems, ...(storeProblem === undefined ? [] : [storeProblem])];
    return problems.length === 0 ? { status: 'ok' } : { status: 'degraded', detail: problems.join('; ') };
  }

  return {
    name: 'monitoring',
    health,
    async start() {
      const watching = createNetworkWatch({
        tasks: () => bus.request('tasks.stats', {}, options),
        nodes: () => bus.request('nodes.stats', {}, options),
        before: await store.lastSample(),
      });
      watch = watching;
      const recent = createRecentHistory(config.fineMs);
      const historyOf = createHistory(store, recent);
      const statsJob = createStatsJob({ watching, config, logger }, (stats) => {
        gauges.showStats(stats);
        if (watching.told) recent.add(stats);
        bus.publish('network.stats', { atMs: Date.now(), stats, queues: watching.queues });
      });
      jobs = [
        statsJob,
        storeJob('sample', config.sampleMs, async () => {
          if (watching.known) await store.addSample(watching.stats, config.sampleMs);
        }),
        storeJob('probe', config.probeMs, async () => gauges.showHealth(await probe.probeAndRecord())),
        storeJob('retention', RETENTION_MS, () => store.deleteOlder(config)),
      ];
      await statsJob.runNow();
      stops = await Promise.all([
        bus.serve('monitoring.stats', async () => watching.stats),
        bus.serve('monitoring.history', async ({ minutes }) => ({ samples: await historyOf(minutes) })),
        bus.serve('monitoring.health', () => probe.probe()),
        bus.serve('service.health', async () => ({ service: 'monitoring', latencyMs: 0, ...(await health()) }), { instance: 'monitoring' }),
      ]);
      for (const job of jobs) job.start();
    },
    async stop() {
      for (const stop of stops.splice(0)) stop();
      await Promise.all(jobs.splice(0).map((job) => job.stop()));
      watch = undefined;
    },
  };
}

interface StatsJobOptions {
  watching: NetworkWatch;
  config: MonitoringConfig;
  logger: Logger;
}

function createStatsJob({ watching, config, logger }: StatsJobOptions, tell: (stats: NetworkWatch['stats']) => void): Job {
  return createJob(
    'stats',
    config.statsMs,
    async () => {
      await watching.refresh();
      tell(watching.stats);
    },
    logger,
  );
}
