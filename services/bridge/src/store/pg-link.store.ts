import type { Database } from '@deai/db';
import type { LinkStore } from '../domain/ports.ts';

interface LinkRow {
  user_id: string;
  account: string;
}

/** Linked accounts in PostgreSQL. */
export function createPgLinkStore(db: Database): LinkStore {
  return {
    async ofUsers(userIds) {
      const { rows } = await db.query<LinkRow>('select user_id, account from bridge.link where user_id = any($1)', [userIds]);
      return new Map(rows.map(({ user_id, account }) => [user_id, account]));
    },
    async ofAccounts(accounts) {
      const { rows } = await db.query<LinkRow>('select user_id, account from bridge.link where account = any($1)', [accounts]);
      return new Map(rows.map(({ user_id, account }) => [account, user_id]));
    },
    link: (userId, account) =>
      db.transaction(async (client) => {
        const { rows: taken } = await client.query<{ user_id: string }>('select user_id from bridge.link where account = $1 for update', [
          account,
        ]);
        if (taken[0] && taken[0].user_id !== userId) return undefined;
        const { rows } = await client.query<{ linked_at: Date }>(
          `insert into bridge.link as l (user_id, account) values ($1, $2)
           on conflict (user_id) do update set account = excluded.account,
             linked_at = case when l.account = excluded.account then l.linked_at else excluded.linked_at end
           returning linked_at`,
          [userId, account],
        );
        await client.query('update bridge.chain_account set told = false where account = $1', [account]);
        await client.query('update bridge.chain_node set told = false where account = $1', [account]);
        return rows[0] && { linkedAtMs: rows[0].linked_at.getTime() };
      }),
  };
}
