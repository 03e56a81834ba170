import type { Stop } from '@deai/bus';
import type { Job, Service, ServiceContext } from '@deai/service-kit';
import { serveCommands } from './commands.ts';
import type { NodeManagerConfig } from './config.ts';
import { createHeartbeatJobs } from './jobs/heartbeat.jobs.ts';
import { createStakesJob } from './jobs/stakes.job.ts';
import { createFrameHandler } from './session/frame-handler.ts';
import { createSessionHub } from './session/hub.ts';
import { createNodeMetrics } from './session/hub-metrics.ts';
import { runNodeSocket } from './session/socket.ts';
import { createPgNodeStore } from './store/pg-node-store.ts';

/** Where nodes open their sessions. */
const NODE_SESSION_PATH = '/api/v1/nodes/session';

/** The node manager: node identities, sessions, heartbeats. See README.md. */
export function createNodeManager(context: ServiceContext, config: NodeManagerConfig): Service {
  const { bus, db, logger, instanceId } = context;
  const requireStake = config.DEAI_NODES_REQUIRE_STAKE;
  const store = createPgNodeStore(db, { offlineMs: config.DEAI_NODES_OFFLINE_MS, requireStake });
  const metrics = createNodeMetrics(context.metrics);
  const hub = createSessionHub({ instanceId, bus, store, config, logger, metrics });
  const handle = createFrameHandler(hub, logger);
  const stakes = requireStake ? createStakesJob(hub, store, { config, logger }) : undefined;
  const jobs: Job[] = [...createHeartbeatJobs(hub, store, { config, logger }), ...(stakes ? [stakes] : [])];
  let stopServing: Stop | undefined;

  const service: Service = {
    name: 'node-manager',
    mount(app) {
      app.get(NODE_SESSION_PATH, { websocket: true, schema: { hide: true } as object }, (socket) =>
        runNodeSocket(socket, { config, store, hub, handle, logger, metrics }),
      );
    },
    async start() {
      stopServing = await serveCommands(context, {
        config,
        store,
        hub,
        // Its failure is logged, and the next run comes as usual.
        followStakes: async () => stakes?.runNow(),
        health: () => service.health(),
      });
      for (const job of jobs) job.start();
    },
    async stop() {
      await hub.closeAll();
      await Promise.all(jobs.map((job) => job.stop()));
      stopServing?.();
      stopServing = undefined;
    },
    async health() {
      return stopServing ? { status: 'ok' } : { status: 'down', detail: 'not started' };
    },
  };
  return service;
}
