import type { Database } from '@deai/db';
import type pg from 'pg';
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
        // Two users may ask for one account at once.
        await client.query('lock table bridge.link in share row exclusive mode');
        const { rows: known } = await client.query<LinkRow>('select user_id, account from bridge.link where account = $1 or user_id = $2', [
          account,
          userId,
        ]);
        if (known.some((row) => row.account === account && row.user_id !== userId)) return undefined;
        const before = known.find((row) => row.user_id === userId)?.account;
        if (before !== undefined && before !== account) await unlink(client, userId, before);
        await client.query('delete from bridge.unlinked where user_id = $1 and account = $2', [userId, account]);
        const { rows } = await client.query<{ linked_at: Date }>(
          `insert into bridge.link as l (user_id, account) values ($1, $2)
           on conflict (user_id) do update set account = excluded.account,
             linked_at = case when l.account = excluded.account then l.linked_at else excluded.linked_at end
           returning linked_at`,
          [userId, account],
        );
        await tellAgain(client, account);
        return rows[0] && { linkedAtMs: rows[0].linked_at.getTime() };
      }),
    async unlinked() {
      const { rows } = await db.query<LinkRow>('select user_id, account from bridge.unlinked');
      return rows.map(({ user_id, account }) => ({ userId: user_id, accountId: account }));
    },
    async forgetUnlinked(told) {
      if (told.length === 0) return;
      await db.query(
        `delete from bridge.unlinked u using unnest($1::uuid[], $2::text[]) as x(user_id, account)
         where x.user_id = u.user_id and x.account = u.account`,
        [told.map(({ userId }) => userId), told.map(({ accountId }) => accountId)],
      );
    },
  };
}

async function unlink(client: pg.PoolClient, userId: string, account: string): Promise<void> {
  await client.query('insert into bridge.unlinked (user_id, account) values ($1, $2) on conflict do nothing', [userId, account]);
  await tellAgain(client, account);
}

async function tellAgain(client: pg.PoolClient, account: string): Promise<void> {
  await client.query('update bridge.chain_account set told = false, version = version + 1 where account = $1', [account]);
  await client.query('update bridge.chain_node set told = false, version = version + 1 where account = $1', [account]);
}
