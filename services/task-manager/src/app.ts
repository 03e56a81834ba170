import type { Service, ServiceContext } from '@deai/service-kit';
import { serveCommands } from './commands.ts';
import type { TaskManagerConfig } from './config.ts';
import { createScheduler } from './domain/scheduler.ts';
import { createAnnouncer } from './flows/announcer.ts';
import type { Engine } from './flows/engine.ts';
import { createEngineMetrics } from './flows/engine-metrics.ts';
import { createQueueCounts } from './flows/queue-counts.ts';
import { type Flows, wireFlows } from './flows/wire-flows.ts';
import { makePartitions } from './jobs/upkeep.jobs.ts';
import { createArchiveReader } from './store/archive-reader.ts';
import { createPartitionMap } from './store/partitions.ts';
import { createPgArchive } from './store/pg-archive.ts';
import { createPgTaskStore } from './store/pg-task-store.ts';

async function createEngine(context: ServiceContext, config: TaskManagerConfig) {
  const now = () => Date.now();
  // Submissions and completions each need their own connections; one more writes what is rare.
  const hot = await context.db.hotConnections(2 * config.DEAI_TASKS_WRITERS + 1, 'task-manager');
  const partitions = createPartitionMap(context.db);
  const engine: Engine = {
    config,
    store: createPgTaskStore(context.db, hot, {
      partitionMs: config.DEAI_TASKS_PARTITION_MINUTES * 60_000,
      partitions,
      archive: createArchiveReader(context.db, context.objects),
    }),
    archive: createPgArchive(context.db, context.objects, partitions),
    scheduler: createScheduler({ leaseSlackMs: config.DEAI_TASKS_LEASE_SLACK_MS, now }),
    bus: context.bus,
    objects: context.objects,
    logger: context.logger,
    announcer: createAnnouncer(context.bus, now),
    counts: createQueueCounts(now),
    metrics: createEngineMetrics(context.metrics),
    now,
  };
  return { engine, hot };
}

/** Takes up what the database holds from before: counts, leases, and the flows that wait. */
async function restore(engine: Engine, flows: Flows): Promise<void> {
  await makePartitions(engine);
  const [waiting, totals, leases] = await Promise.all([engine.store.countWaiting(), engine.store.totals(), engine.store.openLeases()]);
  engine.counts.restore({ waiting, ...totals });
  for (const lease of leases) {
    engine.scheduler.adopt(lease);
    engine.counts.move(lease.task, null, 'running');
  }
  await flows.backlog.restore();
  flows.sessions.awaitNodes(engine.config.DEAI_TASKS_RECONNECT_GRACE_MS);
  const pending = waiting.reduce((sum, w) => sum + w.pending, 0);
  if (leases.length + pending > 0) engine.logger.info({ leases: leases.length, pending }, 'took up work from before');
}

/** The task manager: tasks, their queue, leases and results. See README.md. */
export function createTaskManager(context: ServiceContext, config: TaskManagerConfig): Service {
  let running: { engine: Engine; flows: Flows; stop(): Promise<void> } | undefined;
  return {
    name: 'task-manager',
    async start() {
      const { engine, hot } = await createEngine(context, config);
      const flows = wireFlows(engine);
      await restore(engine, flows);
      await Promise.all([engine.announcer.start(), flows.capacity.start(), flows.priceBook.start()]);
      const stopServing = await serveCommands(context, engine, flows, () => this.health());
      for (const job of flows.jobs) job.start();
      context.bus.publish('tasks.started', { instanceId: context.instanceId });
      running = {
        engine,
        flows,
        async stop() {
          stopServing();
          engine.archive.stop();
          await Promise.all(flows.jobs.map((job) => job.stop()));
          flows.sessions.stop();
          await Promise.all([flows.submit.drain(), flows.results.drain(), flows.dispatch.drain(), flows.starts.stop()]);
          flows.capacity.stop();
          flows.priceBook.stop();
          engine.announcer.stop();
          await hot.close();
        },
      };
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
    async health() {
      return running ? { status: 'ok' } : { status: 'down', detail: 'not started' };
    },
  };
}
