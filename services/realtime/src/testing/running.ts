import type { AddressInfo } from 'node:net';
import type { Role } from '@deai/protocol';
import { createHttpApp, createLogger, createMetrics, type Metrics, type Service } from '@deai/service-kit';
import { createRealtime } from '../app.ts';
import { loadRealtimeConfig, type RealtimeConfig } from '../config.ts';
import { type Client, openClient } from './client.ts';
import { createWorld, type World } from './world.ts';

/** The service behind a real port, with its world. */
export interface Running {
  world: World;
  service: Service;
  metrics: Metrics;
  port: number;
  connect(token?: string): Promise<Client>;
  /** Connects as the user and waits for `ready`. */
  connectAs(userId: string, ...roles: Role[]): Promise<Client>;
  /** The value of one of the service's metrics. */
  metric(name: string): Promise<number>;
  close(): Promise<void>;
}

export async function startRealtime(overrides: Partial<RealtimeConfig> = {}, { trustProxy = false } = {}): Promise<Running> {
  const world = await createWorld();
  const logger = createLogger({ level: 'silent', pretty: false });
  const metrics = createMetrics();
  const app = await createHttpApp({ logger, metrics, bodyLimit: 1e6, maxFrameBytes: 65_536, trustProxy });
  const service = createRealtime({ bus: world.bus, logger, metrics }, { ...loadRealtimeConfig({}), ...overrides });
  await service.mount?.(app);
  await service.start();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const connect = (token?: string) => openClient(`ws://127.0.0.1:${port}/ws`, token);
  return {
    world,
    service,
    metrics,
    port,
    connect,
    async connectAs(userId, ...roles) {
      const client = await connect(await world.token(userId, roles.length > 0 ? roles : ['requester']));
      await client.take('ready');
      return client;
    },
    async metric(name) {
      const found = await metrics.registry.getSingleMetric(name)?.get();
      return (found?.values ?? []).reduce((sum, { value }) => sum + value, 0);
    },
    async close() {
      await service.stop();
      await app.close();
      await world.bus.close();
    },
  };
}
