import type { Service, ServiceContext } from '@deai/service-kit';
import { serveCommands } from './commands.ts';
import type { TaskManagerConfig } from './config.ts';
import { createPeers } from './domain/peers.ts';
import { createScheduler } from './domain/scheduler.ts';
import { createAnnouncer } from './flows/announcer.ts';
import type { Engine } from './flows/engine.ts';
import { createEngineMetrics } from './flows/engine-metrics.ts';
import { createNetworkCounts } from './flows/network-counts.ts';
import { createQueueCounts } from './flows/queue-counts.ts';
import { type Flows, wireFlows } from './flows/wire-flows.ts';
import { makePartitions } from './jobs/upkeep.jobs.ts';
import { createArchiveReader } from './store/archive-reader.ts';
import { createPartitionMap } from './store/partitions.ts';
import { createPgArchive } from './store/pg-archive.ts';
import { createPgClaims } from './store/pg-claims.ts';
import { createPgReceipts } from './store/pg-receipts.ts';
import { createPgTaskStore } from './store/pg-task-store.ts';

async function createEngine(context: ServiceContext, config: TaskManagerConfig) {
  const now = () => Date.now();
  const schedulerId = context.instanceId;
  // Submissions and completions each need their own connections; one more writes what is rare.
  const hot = await context.db.hotConnections(2 * config.DEAI_TASKS_WRITERS + 1, 'task-manager');
  const partitions = createPartitionMap(context.db);
  const archived = createArchiveReader(context.db, context.objects);
  const store = createPgTaskStore(context.db, hot, schedulerId, {
    partitionMs: config.DEAI_TASKS_PARTITION_MINUTES * 60_000,
    partitions,
    archive: archived,
  });
  const scheduler = createScheduler({ leaseSlackMs: config.DEAI_TASKS_LEASE_SLACK_MS, now });
  const peers = createPeers(schedulerId);
  const counts = createQueueCounts(now);
  const engine: Engine = {
    schedulerId,
    config,
    store,
    archive: createPgArchive(context.db, context.objects, partitions),
    receipts: createPgReceipts(context.db, archived),
    claims: createPgClaims(context.db, hot, schedulerId),
    peers,
    scheduler,
    bus: context.bus,
    objects: context.objects,
    logger: context.logger,
    announcer: createAnnouncer(context.bus, now),
    counts,
    network: createNetworkCounts({ counts, scheduler, store, shared: () => peers.known, now }),
    metrics: createEngineMetrics(context.metrics),
    now,
  };
  return { engine, hot };
}

async function restoreCounts(engine: Engine): Promise<void> {
  const [waiting, totals] = await Promise.all([engine.store.countWaiting(), engine.store.totals()]);
  engine.network.restore({ waiting, ...totals });
}

/** The task manager: tasks, their queue, leases and results. See README.md. */
export function createTaskManager(context: ServiceContext, config: TaskManagerConfig): Service {
  let running: { engine: Engine; flows: Flows; stop(): Promise<void> } | undefined;
  return {
    name: 'task-manager',
    async start() {
      const { engine, hot } = await createEngine(context, config);
      const flows = wireFlows(engine);
      await makePartitions(engine);
      await restoreCounts(engine);
      await Promise.all([
        engine.announcer.start(),
        flows.capacity.start(),
        flows.priceBook.start(),
        flows.usdPrice.start(),
        flows.sharing.start(),
        flows.hearing.start(),
      ]);
      // Served before the first sign of life, or the others would find nobody where they see one.
      const stopServing = await serveCommands(context, engine, flows, () => this.health());
      await flows.instances.join();
      await flows.backlog.restore();
      const jobs = [...flows.jobs, flows.instances.job];
      for (const job of jobs) job.start();
      context.bus.publish('tasks.started', { instanceId: context.instanceId });
      running = {
        engine,
        flows,
        async stop() {
          stopServing();
          // After it serves no more: sessions are to come to another one.
          context.bus.publish('tasks.stopping', { instanceId: context.instanceId });
          engine.archive.stop();
          await Promise.all(jobs.map((job) => job.stop()));
          flows.sessions.stop();
          flows.sharing.stop();
          flows.hearing.stop();
          await Promise.all([flows.submit.drain(), flows.results.drain(), flows.dispatch.drain(), flows.starts.stop()]);
          flows.capacity.stop();
          flows.priceBook.stop();
          flows.usdPrice.stop();
          engine.announcer.stop();
          await flows.instances.leave();
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
