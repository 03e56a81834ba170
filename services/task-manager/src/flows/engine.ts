import type { Bus } from '@deai/bus';
import type { ObjectStore } from '@deai/objects';
import type { Logger } from '@deai/service-kit';
import type { TaskManagerConfig } from '../config.ts';
import type { TaskArchive, TaskStore } from '../domain/ports.ts';
import type { Scheduler } from '../domain/scheduler.ts';
import type { Announcer } from './announcer.ts';
import type { EngineMetrics } from './engine-metrics.ts';
import type { QueueCounts } from './queue-counts.ts';

/** What every flow of the engine works with. */
export interface Engine {
  config: TaskManagerConfig;
  store: TaskStore;
  archive: TaskArchive;
  scheduler: Scheduler;
  bus: Bus;
  objects: ObjectStore;
  logger: Logger;
  announcer: Announcer;
  counts: QueueCounts;
  metrics: EngineMetrics;
  now(): number;
}
