import type { Database } from '@deai/db';
import type { AccountTotal, Head } from '../domain/ports.ts';

interface HeadRow {
  number: number | null;
  through: string | null;
  built_at: Date | null;
  last_number: number | null;
  waiting: number;
}
interface TotalRow {
  account: string;
  earned: string;
  charged: string;
  first_batch: number | null;
  depositor: boolean;
}

const HEAD = `
select h.number, h.through, h.built_at, l.last_number, w.waiting
from (select max(number) as last_number from bridge.batch) l
cross join (select count(*) as waiting from bridge.batch where state = 'waiting') w
left join lateral (select number, through, built_at from bridge.batch where state <> 'rejected' order by number desc limit 1) h on true`;

/** Where the next batch begins, with the totals of the same moment. */
export async function readHead(db: Database): Promise<Head> {
  return await db.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const { rows: heads } = await client.query<HeadRow>(HEAD);
    const { rows } = await client.query<TotalRow>('select account, earned, charged, first_batch, depositor from bridge.total');
    // An aggregate without groups always has one row.
    const head = heads[0] as HeadRow;
    return {
      number: head.number ?? 0,
      lastNumber: head.last_number ?? 0,
      through: head.through ?? '0',
      totals: new Map(rows.map((row) => [row.account, totalOf(row)])),
      waiting: head.waiting,
      builtAtMs: head.built_at?.getTime(),
    };
  });
}

function totalOf({ account, earned, charged, first_batch, depositor }: TotalRow): AccountTotal {
  return { account, earned: BigInt(earned), charged: BigInt(charged), firstBatch: first_batch ?? undefined, depositor };
}
