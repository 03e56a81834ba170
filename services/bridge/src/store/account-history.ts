import type { Database } from '@deai/db';
import { type AccountEvent, DeaiError, type PageOf, type PageQueryOf } from '@deai/protocol';

interface EventRow {
  id: number;
  at: Date;
  kind: AccountEvent['event'];
  node_key: string | null;
  stake: string | null;
  unstaking: string | null;
  paid: string | null;
  tx_hash: string | null;
}

/** What was seen to happen to an account, newest first. @throws DeaiError `INVALID_CURSOR` */
export async function accountHistory(db: Database, account: string, { limit = 50, cursor }: PageQueryOf): Promise<PageOf<AccountEvent>> {
  const below = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
  if (!Number.isSafeInteger(below) || below < 1) throw new DeaiError('INVALID_CURSOR', { cursor });
  const { rows } = await db.query<EventRow>(
    `select id, at, kind, node_key, stake, unstaking, paid, tx_hash from bridge.account_event
     where account = $1 and id < $2 order by id desc limit $3`,
    [account, below, limit + 1],
  );
  const items = rows.slice(0, limit).map(
    (row): AccountEvent => ({
      at: row.at.toISOString(),
      event: row.kind,
      nodeKey: row.node_key,
      stakeYocto: row.stake,
      unstakingYocto: row.unstaking,
      paidYocto: row.paid,
      transaction: row.tx_hash,
    }),
  );
  return { items, nextCursor: rows.length > limit ? String(rows[limit - 1]?.id) : null };
}
