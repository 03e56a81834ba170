import type { Database } from '@deai/db';
import type { SettlementStore } from '../domain/ports.ts';
import { type BatchRow, batchOf } from './batch-row.ts';
import { readHead } from './head.ts';
import { keepBatch } from './keep-batch.ts';
import { createPgIntents } from './pg-intents.ts';

/** Batches and intents in PostgreSQL. */
export function createPgSettlementStore(db: Database): SettlementStore {
  return {
    ...createPgIntents(db),
    head: () => readHead(db),
    keep: (draft, built) => keepBatch(db, draft, built),
    async batch(number) {
      const { rows } = await db.query<BatchRow>('select * from bridge.batch where number = $1', [number]);
      return rows[0] && batchOf(rows[0]);
    },
    async open(state) {
      const { rows } = await db.query<BatchRow>('select * from bridge.batch where state = $1 order by number', [state]);
      return rows.map(batchOf);
    },
    async lastFinal() {
      const { rows } = await db.query<BatchRow>(`select * from bridge.batch where state = 'final' order by number desc limit 1`);
      return rows[0] && batchOf(rows[0]);
    },
    reject: (number) => rejectFrom(db, number),
    async rejections(sinceMs) {
      const { rows } = await db.query<{ count: number }>(
        `select count(distinct rejected_with) as count from bridge.batch where state = 'rejected'
         and rejected_at > $1 and number > (select coalesce(max(number), 0) from bridge.batch where state = 'final')`,
        [new Date(sinceMs)],
      );
      return rows[0]?.count ?? 0;
    },
  };
}

/**
 * What the open batches from `number` on added is taken back; a number that the contract has not seen is free again. While a transaction of
 * theirs is under way nothing is changed: how it ends says whether the contract has seen them.
 */
async function rejectFrom(db: Database, number: number): Promise<boolean> {
  return await db.transaction(async (client) => {
    const values = [number];
    // Nobody builds or signs meanwhile.
    await client.query('lock table bridge.batch, bridge.intent in share row exclusive mode');
    const { rowCount: signed } = await client.query(`select from bridge.intent where number >= $1 and state = 'signed'`, values);
    if (signed) return false;
    await client.query(
      `update bridge.total t set earned = t.earned - d.earned, charged = t.charged - d.charged
       from (select d.account, sum(d.earned) as earned, sum(d.charged) as charged
             from bridge.delta d join bridge.batch b using (number)
             where number >= $1 and b.state in ('waiting', 'posted') group by d.account) d
       where d.account = t.account`,
      values,
    );
    await client.query('update bridge.total set first_batch = null where first_batch >= $1', values);
    await client.query('delete from bridge.delta where number >= $1', values);
    await client.query('delete from bridge.receipt where number >= $1', values);
    await client.query(`update bridge.intent set state = 'done', ended_at = now() where number >= $1 and kind = 'finalize'`, values);
    await client.query(
      `delete from bridge.intent i using bridge.batch b where b.number >= $1 and b.state = 'waiting'
      and i.kind = 'post' and i.number = b.number`,
      values,
    );
    await client.query(`delete from bridge.batch where number >= $1 and state = 'waiting'`, values);
    await client.query(
      `update bridge.batch set state = 'rejected', rejected_with = $1, rejected_at = now() where number >= $1 and state = 'posted'`,
      values,
    );
    return true;
  });
}
