import type { Database, HotPool } from '@deai/db';
import type { InstanceCounts, InstanceRow, TaskClaims } from '../domain/claims.ts';
import type { Lease } from '../domain/task.ts';
import {
  BEAT,
  CLAIM_EXPIRED,
  CLAIM_INSTANCES,
  CLAIM_LEASES,
  CLAIM_NODES,
  FORGET,
  INHERIT,
  JOIN,
  LEAVE,
  WAITING_BY_ID,
} from './claim.sql.ts';
import { leaseOfRow, liveTaskOf, type TaskRow } from './task-row.ts';

type BeatRow = { kept: number } & ({ id: null } | (Omit<InstanceRow, 'silentMs'> & { silent_ms: number }));

/** The claims of instance `schedulerId` on PostgreSQL; those that nodes wait for on `hot` connections, whose plans are pinned. */
export function createPgClaims(db: Database, hot: HotPool, schedulerId: string): TaskClaims {
  const claim = async (name: string, text: string, values: unknown[]): Promise<Lease[]> => {
    const { rows } = await hot.query<TaskRow>({ name, text, values: [schedulerId, ...values] });
    return rows.map(leaseOfRow);
  };
  const json = (counts: InstanceCounts) => JSON.stringify(counts);

  return {
    async beat(counts) {
      const { rows } = await db.query<BeatRow>(BEAT, [schedulerId, json(counts)]);
      const lapsed = Number(rows[0]?.kept ?? 0) === 0;
      if (lapsed) await db.query(JOIN, [schedulerId, json(counts)]);
      const others = rows.flatMap((row) =>
        row.id === null ? [] : [{ id: row.id, heir: row.heir, counts: row.counts, silentMs: row.silent_ms }],
      );
      return { lapsed, others };
    },
    async leave(counts) {
      await db.query(LEAVE, [schedulerId, json(counts)]);
    },
    async inherit({ orphaned, gone }) {
      if (orphaned.length === 0) return [];
      const { rows } = await db.query<{ id: string }>(INHERIT, [schedulerId, orphaned, gone]);
      return rows.map(({ id }) => id);
    },
    async forgetInstances() {
      await db.query(FORGET);
    },
    claimNodes: (nodeIds) => claim('claim-nodes', CLAIM_NODES, [nodeIds]),
    claimInstances: (ids) => claim('claim-instances', CLAIM_INSTANCES, [ids]),
    claimLeases: (leases) =>
      claim('claim-leases', CLAIM_LEASES, [leases.map(({ taskId }) => taskId), leases.map(({ leaseId }) => leaseId)]),
    claimExpired: (beforeMs, limit) => claim('claim-expired', CLAIM_EXPIRED, [new Date(beforeMs), limit]),
    async waitingById(taskIds) {
      const { rows } = await hot.query<TaskRow>({ name: 'waiting-by-id', text: WAITING_BY_ID, values: [taskIds] });
      return rows.map(liveTaskOf);
    },
  };
}
