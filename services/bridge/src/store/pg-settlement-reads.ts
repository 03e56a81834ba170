import type { Database } from '@deai/db';
import { type AccountEvent, DeaiError, type PageOf, type PageQueryOf, type SettlementQuery, type SettlementStatus } from '@deai/protocol';
import type { StoredBatch } from '../domain/ports.ts';
import { accountHistory } from './account-history.ts';
import { type BatchRow, batchOf } from './batch-row.ts';

type Listed = StoredBatch & { postTx: string | null; finalTx: string | null };
type Sums = Pick<SettlementStatus, 'batches' | 'receipts' | 'rewardYocto' | 'feeYocto' | 'finalRewardYocto' | 'finalFeeYocto'>;

/** What people read of settlement. */
export interface SettlementReads {
  sums(): Promise<Sums>;
  /** Newest first. @throws DeaiError `INVALID_CURSOR` */
  page(query: SettlementQuery): Promise<{ items: Listed[]; nextCursor: string | null }>;
  withTransactions(number: number): Promise<Listed | undefined>;
  total(account: string): Promise<{ earned: bigint; charged: bigint }>;
  /** Those of the tasks that are in a batch that stands, and whether it is final. */
  ofTasks(taskIds: readonly string[]): Promise<Record<string, 'batched' | 'settled'>>;
  /** What was seen to happen to an account, newest first. @throws DeaiError `INVALID_CURSOR` */
  history(account: string, query: PageQueryOf): Promise<PageOf<AccountEvent>>;
  /** Where a task's receipt stands, in a batch that stands. */
  place(taskId: string): Promise<{ number: number; position: number } | undefined>;
}

interface SumsRow {
  waiting: number;
  posted: number;
  final: number;
  rejected: number;
  last_number: number;
  last_final: number;
  receipts: string;
  reward: string;
  fee: string;
  final_reward: string;
  final_fee: string;
}

const SUMS = `
select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'posted') as posted,
  count(*) filter (where state = 'final') as final, count(*) filter (where state = 'rejected') as rejected,
  coalesce(max(number), 0) as last_number, coalesce(max(number) filter (where state = 'final'), 0) as last_final,
  coalesce(sum(receipts) filter (where state <> 'rejected'), 0)::text as receipts,
  coalesce(sum(reward) filter (where state <> 'rejected'), 0)::text as reward,
  coalesce(sum(fee) filter (where state <> 'rejected'), 0)::text as fee,
  coalesce(sum(reward) filter (where state = 'final'), 0)::text as final_reward,
  coalesce(sum(fee) filter (where state = 'final'), 0)::text as final_fee
from bridge.batch`;

const LISTED = `
select b.*, p.tx_hash as post_tx, f.tx_hash as final_tx from bridge.batch b
left join bridge.intent p on p.kind = 'post' and p.number = b.number
left join bridge.intent f on f.kind = 'finalize' and f.number = b.number`;

const listed = (row: BatchRow & { post_tx: string | null; final_tx: string | null }): Listed => ({
  ...batchOf(row),
  postTx: row.post_tx,
  finalTx: row.final_tx,
});

/** Reads for people, in PostgreSQL. */
export function createSettlementReads(db: Database): SettlementReads {
  return {
    async sums() {
      const { rows } = await db.query<SumsRow>(SUMS);
      // An aggregate without groups always has one row.
      const row = rows[0] as SumsRow;
      const { waiting, posted, final, rejected, last_number: lastNumber, last_final: lastFinal } = row;
      return {
        batches: { waiting, posted, final, rejected, lastNumber, lastFinal },
        receipts: Number(row.receipts),
        rewardYocto: row.reward,
        feeYocto: row.fee,
        finalRewardYocto: row.final_reward,
        finalFeeYocto: row.final_fee,
      };
    },
    async page({ limit = 50, cursor, state }) {
      const below = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
      if (!Number.isSafeInteger(below) || below < 1) throw new DeaiError('INVALID_CURSOR', { cursor });
      const { rows } = await db.query<Parameters<typeof listed>[0]>(
        `${LISTED} where b.number < $1 and ($2::text is null or b.state = $2) order by b.number desc limit $3`,
        [below, state ?? null, limit + 1],
      );
      const items = rows.slice(0, limit).map(listed);
      return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.number) : null };
    },
    async withTransactions(number) {
      const { rows } = await db.query<Parameters<typeof listed>[0]>(`${LISTED} where b.number = $1`, [number]);
      return rows[0] && listed(rows[0]);
    },
    async total(account) {
      const { rows } = await db.query<{ earned: string; charged: string }>('select earned, charged from bridge.total where account = $1', [
        account,
      ]);
      return { earned: BigInt(rows[0]?.earned ?? '0'), charged: BigInt(rows[0]?.charged ?? '0') };
    },
    async ofTasks(taskIds) {
      const { rows } = await db.query<{ task_id: string; final: boolean }>(
        `select r.task_id, b.state = 'final' as final from bridge.receipt r join bridge.batch b using (number)
         where r.task_id = any($1) and b.state <> 'rejected'`,
        [taskIds],
      );
      return Object.fromEntries(rows.map(({ task_id, final }) => [task_id, final ? 'settled' : 'batched']));
    },
    history: (account, query) => accountHistory(db, account, query),
    async place(taskId) {
      const { rows } = await db.query<{ number: number; position: number }>(
        `select r.number, r.position from bridge.receipt r join bridge.batch b using (number) where r.task_id = $1 and b.state <> 'rejected'`,
        [taskId],
      );
      return rows[0];
    },
  };
}
