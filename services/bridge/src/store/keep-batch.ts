import { type Database, recordSet } from '@deai/db';
import { hex } from '@scure/base';
import type pg from 'pg';
import type { BatchDraft, BuiltFrom } from '../domain/ports.ts';

const DELTAS = recordSet({ account: 'text', earned: 'numeric', charged: 'numeric' }, 'x', 2);
const PLACES = recordSet({ task_id: 'uuid', position: 'integer' }, 'x', 2);

const HEAD_NUMBERS = `
select coalesce(max(number) filter (where state <> 'rejected'), 0) as head, coalesce(max(number), 0) as last from bridge.batch`;

const BATCH = `
insert into bridge.batch (number, previous, through, receipts, reward, fee, receipts_hash, rewards_hash, rewards_sum, charges_hash,
  charges_sum, object_key, built_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

const NOTE_DELTAS = `insert into bridge.delta (number, account, earned, charged) select $1, account, earned, charged from ${DELTAS.source}`;

const ADD_TO_TOTALS = `
insert into bridge.total as t (account, earned, charged) select account, earned, charged from bridge.delta where number = $1
on conflict (account) do update set earned = t.earned + excluded.earned, charged = t.charged + excluded.charged`;

const FIRST_EARNED = 'update bridge.total set first_batch = $1 where account = any($2) and first_batch is null';

const NOTE_PLACES = `
insert into bridge.receipt (number, task_id, position) select $1, task_id, position from ${PLACES.source}
on conflict (task_id) do update set number = excluded.number, position = excluded.position`;

/**
 * Keeps a batch with all that follows from it, in one commit. The lock lets one builder through at a time; whoever comes second finds
 * another head and leaves.
 */
export async function keepBatch(db: Database, draft: BatchDraft, built: BuiltFrom): Promise<boolean> {
  return await db.transaction(async (client) => {
    await client.query('lock table bridge.batch in share row exclusive mode');
    const { rows } = await client.query<{ head: number; last: number }>(HEAD_NUMBERS);
    if (rows[0]?.head !== draft.previous || rows[0].last !== draft.number - 1) return false;
    await insertBatch(client, draft, built);
    const { number, deltas, receipts, firstEarners } = draft;
    await client.query(NOTE_DELTAS, [
      number,
      ...DELTAS.values(deltas.map((d) => ({ account: d.account, earned: `${d.earned}`, charged: `${d.charged}` }))),
    ]);
    await client.query(ADD_TO_TOTALS, [number]);
    await client.query(FIRST_EARNED, [number, firstEarners]);
    await client.query(NOTE_PLACES, [number, ...PLACES.values(receipts.map(({ taskId }, position) => ({ task_id: taskId, position })))]);
    await client.query(`insert into bridge.intent (kind, number) values ('post', $1)`, [number]);
    return true;
  });
}

async function insertBatch(client: pg.PoolClient, { number, previous, receipts, roots }: BatchDraft, built: BuiltFrom): Promise<void> {
  const sum = (node: { sums: readonly bigint[] }, i: number) => (node.sums[i] as bigint).toString();
  await client.query(BATCH, [
    number,
    previous,
    built.through,
    receipts.length,
    sum(roots.receipts, 0),
    sum(roots.receipts, 1),
    hex.encode(roots.receipts.hash),
    hex.encode(roots.rewards.hash),
    sum(roots.rewards, 0),
    hex.encode(roots.charges.hash),
    sum(roots.charges, 0),
    built.objectKey,
    new Date(built.atMs),
  ]);
}
