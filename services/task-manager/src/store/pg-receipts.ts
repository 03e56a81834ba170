import type { Database } from '@deai/db';
import { TASK_STATES } from '@deai/protocol';
import type { ReceiptFacts, ReceiptStore } from '../domain/receipts.ts';
import type { ArchiveReader } from './archive-reader.ts';
import type { TaskRow } from './task-row.ts';

/** What an archived row holds of a result's signature. */
interface SignedRow extends TaskRow {
  signature: string | null;
  proof: string[] | null;
  signed_units: number | null;
  signed_started_ms: number | null;
}

type FactsRow = Omit<ReceiptFacts, 'path'> & { path: string };

/** The path as one text and the time as a number: the driver parses arrays letter by letter and times by a pattern. */
const FACTS = `
select id as "taskId", lease_id as "leaseId", requester_id as "requesterId", operator_id as "operatorId", node_id as "nodeId", kind, model,
  input_hash as "inputHash", output_hash as "outputHash", coalesce(signed_units, units_used) as units, reward as "rewardYocto",
  fee as "feeYocto", coalesce(signed_started_ms, extract(epoch from started_at) * 1000)::bigint as "startedAtMs", run_ms as "runMs",
  coalesce(array_to_string(proof, ' '), '') as path, signature
from tasks.task where id = any($1) and state = ${TASK_STATES.completed} and signature is not null`;

/** A transaction that has its number and has not ended may still add a row below those of later ones. */
const COMPLETED_SINCE = `
select xid::text as id, at, array_to_string(task_ids, ' ') as "taskIds" from tasks.completion_log
where xid > $1::xid8 and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid limit $2`;

const SETTLED_THROUGH = `
with told as (
  insert into tasks.settled (through) values ($1::xid8)
  on conflict (one) do update set through = greatest(settled.through, excluded.through), at = now()
)
delete from tasks.completion_log where xid <= $1::xid8`;

const FORGOTTEN_AT_ONCE = 10_000;
/** By the primary key, whose order is nearly that of time: the log may hold millions of rows. */
const FORGET_UNSETTLED = `
delete from tasks.completion_log
where xid in (select xid from tasks.completion_log order by xid limit ${FORGOTTEN_AT_ONCE}) and at < $1
  and not exists (select from tasks.settled)`;

/** Receipts' facts and the completion log on PostgreSQL. Tasks that the tables have no more are looked for in the archive. */
export function createPgReceipts(db: Database, archive?: ArchiveReader): ReceiptStore {
  async function archivedFacts(id: string): Promise<ReceiptFacts | undefined> {
    const found = await archive?.find(id);
    return found && factsOfArchived(found.row as unknown as SignedRow);
  }
  return {
    async facts(taskIds) {
      const { rows } = await db.query<FactsRow>(FACTS, [taskIds]);
      const byId = new Map(rows.map((row) => [row.taskId, row]));
      const facts: ReceiptFacts[] = [];
      for (const id of taskIds) {
        const row = byId.get(id);
        const found = row ? { ...row, path: wordsOf(row.path) } : await archivedFacts(id);
        if (found) facts.push(found);
      }
      return facts;
    },
    async completedSince(after, limit) {
      const { rows } = await db.query<{ id: string; at: Date; taskIds: string }>(COMPLETED_SINCE, [after, limit]);
      return rows.map(({ id, at, taskIds }) => ({ id, at: at.toISOString(), taskIds: wordsOf(taskIds) }));
    },
    async settledThrough(id) {
      await db.query(SETTLED_THROUGH, [id]);
    },
    async forgetUnsettled(beforeMs) {
      let forgotten = 0;
      for (;;) {
        const { rowCount } = await db.query(FORGET_UNSETTLED, [new Date(beforeMs)]);
        forgotten += rowCount ?? 0;
        if ((rowCount ?? 0) < FORGOTTEN_AT_ONCE) return forgotten;
      }
    },
  };
}

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

/** Nothing for a task that did not complete. */
function factsOfArchived(row: SignedRow): ReceiptFacts | undefined {
  if (row.state !== TASK_STATES.completed || row.signature === null) return undefined;
  return {
    taskId: row.id,
    leaseId: row.lease_id as string,
    requesterId: row.requester_id,
    operatorId: row.operator_id as string,
    nodeId: row.node_id as string,
    kind: row.kind,
    model: row.model,
    inputHash: row.input_hash,
    outputHash: row.output_hash as string,
    units: row.signed_units ?? (row.units_used as number),
    rewardYocto: row.reward as string,
    feeYocto: row.fee as string,
    startedAtMs: row.signed_started_ms ?? (row.started_at as Date).getTime(),
    runMs: row.run_ms as number,
    path: row.proof ?? [],
    signature: row.signature,
  };
}
