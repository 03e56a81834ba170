import type { Database } from '@deai/db';
import { DeaiError, firstIdFrom, isUuid, type PageOf, TASK_STATES, type Task, type TaskQuery, taskStateOf } from '@deai/protocol';
import type { FlowKey, LeaseRow, TaskStore } from '../domain/ports.ts';
import { PRIORITY_NUMBERS, priorityOf } from '../domain/task.ts';
import type { ArchiveReader } from './archive-reader.ts';
import { storedRequest } from './stored-request.ts';
import { eventsOf, taskEvents } from './task-events.ts';
import { DETAIL_COLUMNS, LIVE_COLUMNS, liveTaskOf, type TaskRow, taskDetailOf } from './task-row.ts';

type Writes = 'submit' | 'assign' | 'start' | 'complete' | 'requeue' | 'end';
type Reads = Omit<TaskStore, Writes | 'makePartitions' | 'refreshPartitions' | 'compact'>;

/** Index-only walk over the distinct flows that wait: as many steps as flows, however many tasks each has. */
const WAITING_FLOWS = `
with recursive flow as (
  (select class, requester_id, priority from tasks.task where state = 0 order by class, requester_id, priority limit 1)
  union all
  select n.class, n.requester_id, n.priority from flow f
  cross join lateral (
    select class, requester_id, priority from tasks.task
    where state = 0 and (class, requester_id, priority) > (f.class, f.requester_id, f.priority)
    order by class, requester_id, priority limit 1) n
)
select f.class, f.requester_id, f.priority, t.kind, t.model, t.memory_mib, t.region
from flow f cross join lateral (
  select kind, model, memory_mib, region from tasks.task
  where state = 0 and class = f.class and requester_id = f.requester_id and priority = f.priority limit 1) t`;

/** Reads for answers and for taking up work after a start. Tasks that the tables have no more are looked for in the archive. */
export function createPgTaskReads(db: Database, archive?: ArchiveReader): Reads {
  return {
    async leaseOf(taskId) {
      const { rows } = await db.query<{ state: number; lease_id: string | null; node_id: string | null }>(
        'select state, lease_id, node_id from tasks.task where id = $1',
        [taskId],
      );
      const [row] = rows;
      return row && ({ taskId, state: taskStateOf(row.state), leaseId: row.lease_id, nodeId: row.node_id } satisfies LeaseRow);
    },
    async waitingFlows() {
      const { rows } = await db.query<TaskRow & { class: string }>(WAITING_FLOWS);
      return rows.map((row) => ({
        flow: { classKey: row.class, requesterId: row.requester_id, priority: priorityOf(row.priority) },
        needs: { kind: row.kind, model: row.model, memoryMiB: row.memory_mib, region: row.region },
      }));
    },
    waitingOf: (flow, after, limit, notOf) => waitingOf(db, flow, { after, limit, notOf }),
    async detail(taskId) {
      const { rows } = await db.query<TaskRow>(`select ${DETAIL_COLUMNS} from tasks.task where id = $1`, [taskId]);
      const row = rows[0] ?? (await archive?.find(taskId))?.row;
      return row && taskDetailOf(row);
    },
    async details(taskIds) {
      const { rows } = await db.query<TaskRow>(`select ${DETAIL_COLUMNS} from tasks.task where id = any($1)`, [taskIds]);
      const byId = new Map(rows.map((row) => [row.id, taskDetailOf(row)]));
      for (const id of taskIds) {
        const archived = byId.has(id) ? undefined : await archive?.find(id);
        if (archived) byId.set(id, taskDetailOf(archived.row));
      }
      return taskIds.flatMap((id) => byId.get(id) ?? []);
    },
    requestOf: (taskId) => storedRequest(db, archive, taskId),
    async needsOf(taskId) {
      const { rows } = await db.query<TaskRow>('select kind, model, memory_mib, region from tasks.task where id = $1', [taskId]);
      const [row] = rows;
      return row && { kind: row.kind, model: row.model, memoryMiB: row.memory_mib, region: row.region };
    },
    list: (requesterId, query) => list(db, requesterId, query),
    async events(taskId) {
      const events = await taskEvents(db, taskId);
      if (events) return events;
      const archived = await archive?.find(taskId);
      return archived ? eventsOf(archived.row, archived.attempts) : [];
    },
    async outputOf(taskId) {
      const { rows } = await db.query<{ output: string | null; output_ref: string | null }>(
        'select output, output_ref from tasks.task where id = $1',
        [taskId],
      );
      const row = rows[0] ?? (await archive?.find(taskId))?.row;
      return row && { output: row.output, outputRef: row.output_ref };
    },
    async countWaiting() {
      return (
        await db.query<{ kind: string; pending: number }>('select kind, count(*) as pending from tasks.task where state = 0 group by kind')
      ).rows;
    },
    async heldTotal() {
      const { rows } = await db.query<{ held: string; tasks: number }>(
        'select coalesce(sum(hold), 0) as held, count(*) as tasks from tasks.task where state in (0, 1, 2)',
      );
      return { heldYocto: rows[0]?.held ?? '0', tasks: rows[0]?.tasks ?? 0 };
    },
    async nodeTally(nodeId) {
      const { rows } = await db.query<{ completed: string; failed: string; reward: string }>(
        `select coalesce(sum(completed), 0) as completed, coalesce(sum(failed), 0) as failed, coalesce(sum(reward), 0) as reward
         from tasks.node_tally where node_id = $1`,
        [nodeId],
      );
      const [row] = rows;
      return { completed: Number(row?.completed ?? 0), failed: Number(row?.failed ?? 0), rewardYocto: row?.reward ?? '0' };
    },
    async totals() {
      const { rows } = await db.query<{ completed: string; failed: string }>(
        'select coalesce(sum(completed), 0) as completed, coalesce(sum(failed), 0) as failed from tasks.node_tally',
      );
      return { completed: Number(rows[0]?.completed ?? 0), failed: Number(rows[0]?.failed ?? 0) };
    },
  };
}

/** Those that nobody looks after, such as from before there were several instances, are anybody's. */
async function waitingOf(db: Database, flow: FlowKey, { after, limit, notOf }: { after: string; limit: number; notOf: string[] }) {
  const { rows } = await db.query<TaskRow>(
    `select ${LIVE_COLUMNS} from tasks.task
     where state = 0 and class = $1 and requester_id = $2 and priority = $3 and id > $4 and (scheduler_id = any($6)) is not true
     order by class, requester_id, priority, id limit $5`,
    [flow.classKey, flow.requesterId, PRIORITY_NUMBERS[flow.priority], after, limit, notOf],
  );
  return rows.map(liveTaskOf);
}

/** A page of one requester's tasks, newest first. The cursor is the last id of the page before. */
async function list(db: Database, requesterId: string, query: TaskQuery): Promise<PageOf<Task>> {
  const { limit = 50, cursor } = query;
  if (cursor !== undefined && !isUuid(cursor)) throw new DeaiError('INVALID_CURSOR', { cursor });
  const values: unknown[] = [requesterId, limit + 1];
  const where = ['requester_id = $1'];
  const add = (condition: (n: string) => string, value: unknown) => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (cursor) add((n) => `id < ${n}`, cursor);
  if (query.status) add((n) => `state = ${n}`, TASK_STATES[query.status]);
  if (query.kind) add((n) => `kind = ${n}`, query.kind);
  if (query.nodeId) add((n) => `node_id = ${n}`, query.nodeId);
  // Ids carry their time, so a time range prunes partitions.
  if (query.createdAfter) add((n) => `id >= ${n}`, firstIdFrom(query.createdAfter));
  if (query.createdBefore) add((n) => `id < ${n}`, firstIdFrom(query.createdBefore));
  if (query.label) {
    const at = query.label.indexOf('=');
    add((n) => `labels->>${n} =`, query.label.slice(0, at));
    values.push(query.label.slice(at + 1));
    where[where.length - 1] += ` $${values.length}`;
  }
  const { rows } = await db.query<TaskRow>(
    `select ${DETAIL_COLUMNS} from tasks.task where ${where.join(' and ')} order by requester_id, id desc limit $2`,
    values,
  );
  const page = rows.slice(0, limit);
  return { items: page.map((row) => taskDetailOf(row).task), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
