import type { Database } from '@deai/db';
import type { PoolClient } from 'pg';
import { tokenReused } from '../domain/audit-log.ts';
import type { RefreshOutcome, SessionStore, User } from '../domain/ports.ts';
import { insertAuditEntry } from './audit.sql.ts';
import { insertSession, insertToken } from './session.sql.ts';

// A second caller waits here for the first one's row lock, then sees used_at and matches nothing: one winner.
const USE_TOKEN = `update auth.refresh_token t set used_at = now()
where t.hash = $1 and t.used_at is null and t.expires_at > now()
and exists (select 1 from auth.session s where s.id = t.session_id and s.closed_at is null)
returning t.session_id`;

const TOUCH_SESSION = `update auth.session s set refreshed_at = now(), expires_at = $2
from auth.user_account u where s.id = $1 and s.closed_at is null and u.id = s.user_id
returning u.id, u.email, u.name, u.roles, u.created_at as "createdAt"`;

const CLOSE = 'update auth.session set closed_at = now(), closed_reason = $2 where id = $1 and closed_at is null';

// Also a token of a session that is closed already counts as reused.
const CLOSE_FOR_REUSE = `with used as (select session_id from auth.refresh_token where hash = $1 and used_at is not null),
closed as (
  update auth.session set closed_at = now(), closed_reason = 'reuse'
  where id = (select session_id from used) and closed_at is null returning id, user_id
)
select closed.id as "closedId", closed.user_id as "userId" from used left join closed on true`;

const DELETE_TOKENS = `delete from auth.refresh_token where hash in
(select hash from auth.refresh_token where expires_at < now() order by expires_at limit 1000 for update skip locked)`;
const DELETE_SESSIONS = `delete from auth.session where id in
(select id from auth.session where expires_at < now() order by expires_at limit 1000 for update skip locked)`;

/** Sessions and refresh tokens in PostgreSQL. Every change is conditional on the state it changes. */
export function createPgSessionStore(db: Database): SessionStore {
  return {
    open: (userId, session, entry) =>
      db.transaction(async (client) => {
        await insertSession(client, userId, session);
        await client.query('update auth.user_account set last_login_at = now() where id = $1', [userId]);
        await insertAuditEntry(client, entry);
      }),
    async rotate(tokenHash, next) {
      const rotated = await db.transaction((client) => rotate(client, tokenHash, next));
      if (rotated) return rotated;
      return await db.transaction((client) => closeForReuse(client, tokenHash));
    },
    close: (sessionId, reason, entry) =>
      db.transaction(async (client) => {
        const closed = (await client.query(CLOSE, [sessionId, reason])).rowCount === 1;
        if (closed) await insertAuditEntry(client, entry);
        return closed;
      }),
    deleteExpired: async () => ({ tokens: await deleteAll(db, DELETE_TOKENS), sessions: await deleteAll(db, DELETE_SESSIONS) }),
  };
}

async function deleteAll(db: Database, statement: string): Promise<number> {
  for (let total = 0; ; ) {
    const { rowCount } = await db.query(statement);
    if (rowCount === 0) return total;
    total += rowCount;
  }
}

async function closeForReuse(client: PoolClient, tokenHash: Buffer): Promise<RefreshOutcome> {
  const { rows } = await client.query<{ closedId: string | null; userId: string | null }>(CLOSE_FOR_REUSE, [tokenHash]);
  const used = rows[0];
  if (used?.closedId && used.userId) await insertAuditEntry(client, tokenReused(used.closedId, used.userId));
  return { result: used ? 'reused' : 'invalid' };
}

async function rotate(
  client: PoolClient,
  tokenHash: Buffer,
  next: { tokenHash: Buffer; expiresAt: Date },
): Promise<RefreshOutcome | undefined> {
  const sessionId = (await client.query<{ session_id: string }>(USE_TOKEN, [tokenHash])).rows[0]?.session_id;
  if (sessionId === undefined) return undefined;
  const user = (await client.query<User>(TOUCH_SESSION, [sessionId, next.expiresAt])).rows[0];
  // Closed since the statement before.
  if (!user) return { result: 'invalid' };
  await insertToken(client, sessionId, next.tokenHash, next.expiresAt);
  return { result: 'rotated', sessionId, user };
}
