import type { Database, HotPool } from '@deai/db';
import type { TaskStore } from '../domain/ports.ts';
import type { ArchiveReader } from './archive-reader.ts';
import { createPartitionMap, type PartitionMap } from './partitions.ts';
import { createPgTaskReads } from './pg-task-reads.ts';
import { createPgTaskWrites } from './pg-task-writes.ts';
import { createPgUpkeep } from './pg-upkeep.ts';

const DAY_MS = 86_400_000;

export interface PgTaskStoreOptions {
  /** Length of new partitions; must divide a day. Default a day. */
  partitionMs?: number;
  /** What the store shall keep up to date; by default one of its own. */
  partitions?: PartitionMap;
  /** Where archived tasks are looked up; without it they are not found. */
  archive?: ArchiveReader;
}

/** The task store of instance `schedulerId` on PostgreSQL: writes on `hot` connections with pinned plans, reads on the general pool. */
export function createPgTaskStore(db: Database, hot: HotPool, schedulerId: string, options: PgTaskStoreOptions = {}): TaskStore {
  const { partitionMs = DAY_MS, partitions = createPartitionMap(db) } = options;
  return {
    ...createPgTaskReads(db, options.archive),
    ...createPgTaskWrites(hot, schedulerId),
    ...createPgUpkeep(db, partitions, partitionMs),
  };
}
