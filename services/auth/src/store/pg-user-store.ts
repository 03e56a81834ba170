import type { Database } from '@deai/db';
import type { PoolClient } from 'pg';
import type { User, UserStore } from '../domain/ports.ts';
import { insertAuditEntry } from './audit.sql.ts';
import { listUsers } from './pg-user-list.ts';
import { insertSession } from './session.sql.ts';
import { USER_COLUMNS } from './user.sql.ts';

const INSERT = `insert into auth.user_account (id, email, name, password_hash, roles, last_login_at)
values ($1, $2, $3, $4, $5, now())
on conflict on constraint user_account_email_key do nothing
returning ${USER_COLUMNS}`;

const GRANT = `update auth.user_account set roles = array_append(roles, $2), updated_at = now()
where email = $1 and not $2 = any(roles) returning id`;

const LOCK_TWO = `select ${USER_COLUMNS} from auth.user_account where id = any($1) order by id for no key update`;

/** Accounts in PostgreSQL. */
export function createPgUserStore(db: Database): UserStore {
  const one = async (text: string, values: readonly unknown[]) => (await db.query<User>(text, values)).rows[0];
  return {
    create: ({ id, email, name, roles }, passwordHash, session, entry) =>
      db.transaction(async (client) => {
        const { rows } = await client.query<User>(INSERT, [id, email, name, passwordHash, roles]);
        if (rows[0]) {
          await insertSession(client, id, session);
          await insertAuditEntry(client, entry);
        }
        return rows[0];
      }),
    list: (query) => listUsers(db, query),
    async findByEmail(email) {
      const text = `select ${USER_COLUMNS}, password_hash as "passwordHash" from auth.user_account where email = $1`;
      return (await db.query<User & { passwordHash: string }>(text, [email])).rows[0];
    },
    findById: (id) => one(`select ${USER_COLUMNS} from auth.user_account where id = $1`, [id]),
    async replacePasswordHash(id, from, to) {
      const text = 'update auth.user_account set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2';
      await db.query(text, [id, from, to]);
    },
    rename: (id, name) =>
      one(`update auth.user_account set name = $2, updated_at = now() where id = $1 returning ${USER_COLUMNS}`, [id, name]),
    grantByEmail: (email, role, entry) =>
      db.transaction(async (client) => {
        const id = (await client.query<{ id: string }>(GRANT, [email, role])).rows[0]?.id;
        if (id !== undefined) await insertAuditEntry(client, entry(id));
        return id !== undefined;
      }),
    changeRoles: (actorId, userId, decide) => db.transaction((client) => changeRoles(client, actorId, userId, decide)),
  };
}

async function changeRoles(
  client: PoolClient,
  actorId: string,
  userId: string,
  decide: Parameters<UserStore['changeRoles']>[2],
): Promise<User> {
  // Both rows are locked in one order: two administrators who demote each other take turns, and the second is none any more.
  const { rows } = await client.query<User>(LOCK_TWO, [[actorId, userId]]);
  const find = (id: string) => rows.find((row) => row.id === id);
  const { roles, entries } = decide(find(actorId), find(userId));
  const text = `update auth.user_account set roles = $2, updated_at = now() where id = $1 returning ${USER_COLUMNS}`;
  const changed = (await client.query<User>(text, [userId, roles])).rows[0] as User;
  for (const entry of entries) await insertAuditEntry(client, entry);
  return changed;
}
