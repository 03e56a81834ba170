import type { Lease, LiveTask } from './task.ts';

/** What an instance counted since it started; the sums of all instances are the network's. */
export interface InstanceCounts {
  completed: number;
  failed: number;
  cancelled: number;
  /** Completed per second over the last ten seconds. */
  throughput: number;
  queueMsP50: number;
  queueMsP95: number;
  byKind: { kind: string; running: number; completed: number }[];
}

/** Another task manager, as the database knows it. */
export interface InstanceRow {
  id: string;
  /** Who took over from it; null while nobody did. */
  heir: string | null;
  counts: InstanceCounts | null;
  /** Time since its last sign of life, by the database's clock. */
  silentMs: number;
}

/**
 * Which instance looks after what. A claim writes this instance's id to open tasks and returns their leases; from then on nobody else's
 * requeue, expiry, start or failure of them is written. Claims never wait for the one before: it may be gone.
 */
export interface TaskClaims {
  /** A sign of life. `lapsed`: others had given this instance up, or it is the first sign. */
  beat(counts: InstanceCounts): Promise<{ lapsed: boolean; others: InstanceRow[] }>;
  /** The last sign of life: others take over at once. */
  leave(counts: InstanceCounts): Promise<void>;
  /** Becomes the heir of those `orphaned` whose heir is nobody, or among `gone`. Answers those that no other one inherited before. */
  inherit(which: { orphaned: string[]; gone: string[] }): Promise<string[]>;
  /** Deletes instances that ended long ago. */
  forgetInstances(): Promise<void>;
  claimNodes(nodeIds: string[]): Promise<Lease[]>;
  claimInstances(ids: string[]): Promise<Lease[]>;
  claimLeases(leases: { taskId: string; leaseId: string }[]): Promise<Lease[]>;
  /** Leases that ended before `beforeMs` by their own time. */
  claimExpired(beforeMs: number, limit: number): Promise<Lease[]>;
  /** Those of the tasks that wait. */
  waitingById(taskIds: string[]): Promise<LiveTask[]>;
}
