import type { Bus } from '@deai/bus';
import type { ObjectStore } from '@deai/objects';
import type { Logger } from '@deai/service-kit';
import type { TaskManagerConfig } from '../config.ts';
import type { TaskClaims } from '../domain/claims.ts';
import type { Peers } from '../domain/peers.ts';
import type { TaskArchive, TaskStore } from '../domain/ports.ts';
import type { ReceiptStore } from '../domain/receipts.ts';
import type { Scheduler } from '../domain/scheduler.ts';
import type { Announcer } from './announcer.ts';
import type { EngineMetrics } from './engine-metrics.ts';
import type { NetworkCounts } from './network-counts.ts';
import type { QueueCounts } from './queue-counts.ts';

/** What every flow of the engine works with. */
export interface Engine {
  /** This task manager's id, by which leases and waiting tasks are its own. */
  schedulerId: string;
  config: TaskManagerConfig;
  store: TaskStore;
  claims: TaskClaims;
  peers: Peers;
  archive: TaskArchive;
  receipts: ReceiptStore;
  scheduler: Scheduler;
  bus: Bus;
  objects: ObjectStore;
  logger: Logger;
  announcer: Announcer;
  counts: QueueCounts;
  network: NetworkCounts;
  metrics: EngineMetrics;
  now(): number;
}
