import type { Stop } from '@deai/bus';
import { DeaiError } from '@deai/protocol';
import { createAuthenticator, type Service, type ServiceContext } from '@deai/service-kit';
import type { RealtimeConfig } from './config.ts';
import { createHub } from './domain/hub.ts';
import { addWsRoute } from './routes/ws.route.ts';
import type { ClientSession, SessionDeps } from './socket/client-session.ts';
import { CLOSE } from './socket/close-codes.ts';
import { createFlusher } from './socket/flusher.ts';
import { createRealtimeMetrics } from './socket/realtime-metrics.ts';
import { createSessionRegistry } from './socket/session-registry.ts';
import { createBusStateSource } from './sources/bus-state.source.ts';

const PACE_CHECK_MS = 1_000;
/** Clients that take batches get a hundred messages a second at most. What a message costs them is more than what is in it. */
const BATCH_GAP_MS = 10;

/** Of the outside world only this: no table, no cache. */
export type RealtimeContext = Pick<ServiceContext, 'bus' | 'logger' | 'metrics'>;

/** The client WebSocket `/ws`: live states of tasks, nodes and the network for whoever may see them. */
export function createRealtime(context: RealtimeContext, config: RealtimeConfig): Service {
  const { bus, logger } = context;
  const metrics = createRealtimeMetrics(context.metrics);
  const hub = createHub({ changes: config.ringChanges, bytes: config.ringBytes });
  const registry = createSessionRegistry<ClientSession>(config);
  let deps: SessionDeps | undefined;
  let stops: Stop[] = [];

  function checkPace(): void {
    let bytes = 0;
    for (const session of registry) {
      bytes += session.bufferedBytes;
      session.checkPace();
    }
    metrics.buffered.set(bytes);
    metrics.ringChanges.set(hub.ring.size);
    metrics.addresses.set(hub.addresses);
    metrics.visitors.set(registry.visitors);
  }

  return {
    name: 'realtime',
    mount: (app) => addWsRoute(app, () => deps),
    async start() {
      const authenticator = await createAuthenticator(bus);
      stops = [
        authenticator.close,
        ...(await listen(context, hub, metrics)),
        await bus.subscribe('auth.apiKeyRevoked', ({ keyId }) => {
          for (const session of registry) {
            if (session.credentialId === keyId) session.close(CLOSE.unauthenticated, new DeaiError('UNAUTHENTICATED'));
          }
        }),
        await bus.serve('service.health', async () => ({ service: 'realtime', latencyMs: 0, ...(await this.health()) }), {
          instance: 'realtime',
        }),
        every(PACE_CHECK_MS, checkPace),
        every(config.pingMs, () => {
          for (const session of registry) session.checkAlive();
        }),
      ];
      const source = createBusStateSource(bus);
      const [flusher, batchFlusher] = [createFlusher(), createFlusher(BATCH_GAP_MS)];
      deps = { config, hub, source, authenticator, registry, flusher, batchFlusher, metrics, logger };
    },
    async stop() {
      deps = undefined;
      for (const stop of stops.splice(0)) stop();
      const open = [...registry];
      for (const session of open) session.close(CLOSE.unavailable, new DeaiError('SHUTTING_DOWN'));
      await Promise.all(open.map((session) => session.gone));
    },
    async health() {
      return deps ? { status: 'ok', detail: `${registry.size} sockets` } : { status: 'down', detail: 'not started' };
    },
  };
}

/** Takes every change from the bus into the stream. */
async function listen({ bus }: RealtimeContext, hub: ReturnType<typeof createHub>, metrics: ReturnType<typeof createRealtimeMetrics>) {
  return await Promise.all([
    bus.subscribe('tasks.changed', ({ atMs, changes }) => {
      metrics.events.inc();
      for (const change of changes) hub.accept({ kind: 'task', atMs, change });
    }),
    bus.subscribe('nodes.changed', ({ atMs, change }) => {
      metrics.events.inc();
      hub.accept({ kind: 'node', atMs, change });
    }),
    bus.subscribe('network.stats', ({ atMs, stats, queues }) => {
      metrics.events.inc();
      hub.accept({ kind: 'network', atMs, stats, queues });
    }),
    bus.subscribe('settlement.changed', ({ atMs, batch }) => {
      metrics.events.inc();
      hub.accept({ kind: 'settlement', atMs, batch });
    }),
  ]);
}

function every(ms: number, work: () => void): Stop {
  const timer = setInterval(work, ms);
  timer.unref();
  return () => clearInterval(timer);
}
