import type { Database, HotPool } from '@deai/db';
import type { TaskStore } from '../domain/ports.ts';
import { createPgTaskReads } from './pg-task-reads.ts';
import { createPgTaskWrites } from './pg-task-writes.ts';
import { createPgUpkeep } from './pg-upkeep.ts';

/** The task store of instance `schedulerId` on PostgreSQL: writes on `hot` connections with pinned plans, reads on the general pool. */
export function createPgTaskStore(db: Database, hot: HotPool, schedulerId: string): TaskStore {
  return { ...createPgTaskReads(db), ...createPgTaskWrites(hot, schedulerId), ...createPgUpkeep(db) };
}
