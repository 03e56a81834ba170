import type { Bus } from '@deai/bus';
import type { Cache } from '@deai/cache';
import type { Database } from '@deai/db';
import type { ObjectStore } from '@deai/objects';
import type { ServiceHealth, ServiceName } from '@deai/protocol';
import type { HttpApp } from './http-app.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** The outside world of a service: the ports and what every service shares. Nothing here tells it who runs beside it. */
export interface ServiceContext {
  /** Unique to this process's instance of the service. */
  instanceId: string;
  bus: Bus;
  db: Database;
  cache: Cache;
  objects: ObjectStore;
  logger: Logger;
  metrics: Metrics;
}

/** A service wired but not listening. The composition root mounts its routes, starts it and stops it. */
export interface Service {
  readonly name: ServiceName;
  /** Adds HTTP and WebSocket routes; called before `start`. */
  mount?(app: HttpApp): Promise<void> | void;
  /** Serves its commands, subscribes, loads what it needs, starts its jobs. Ready when it resolves. */
  start(): Promise<void>;
  /** Takes no more work, finishes what it has, gives up what it holds. */
  stop(): Promise<void>;
  /** Its own view of itself: `ok`, or why not. */
  health(): Promise<Pick<ServiceHealth, 'status' | 'detail'>>;
}
