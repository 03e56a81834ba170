import type { Database } from '@deai/db';
import type { Role } from '@deai/protocol';
import type { ApiKeyStore, StoredApiKey } from '../domain/ports.ts';
import { insertAuditEntry } from './audit.sql.ts';

const COLUMNS = `k.id, k.user_id as "userId", k.name, k.prefix, k.scopes, k.created_at as "createdAt", k.expires_at as "expiresAt",
k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt"`;
const LIVE = '(k.revoked_at is null and (k.expires_at is null or k.expires_at > now()))';
const MAX_LISTED = 1_000;

const INSERT = `insert into auth.api_key as k (id, user_id, name, hash, prefix, scopes, expires_at)
select $1, $2, $3, $4, $5, $6, $7
where (select count(*) from auth.api_key k where k.user_id = $2 and ${LIVE}) < $8
returning ${COLUMNS}`;

const LIST = `select ${COLUMNS} from auth.api_key k where k.user_id = $1 order by ${LIVE} desc, k.id desc limit ${MAX_LISTED}`;

const REVOKE = `update auth.api_key k set revoked_at = now() where k.id = $2 and k.user_id = $1 and k.revoked_at is null returning ${COLUMNS}`;
const FIND = `select ${COLUMNS} from auth.api_key k where k.id = $2 and k.user_id = $1`;

const FIND_LIVE = `select ${COLUMNS}, u.roles from auth.api_key k join auth.user_account u on u.id = k.user_id where k.hash = $1 and ${LIVE}`;

const RECORD_USES = `update auth.api_key k set last_used_at = greatest(k.last_used_at, used.at)
from unnest($1::uuid[], $2::timestamptz[]) as used (id, at) where k.id = used.id`;

const DELETE_DEAD = 'delete from auth.api_key where least(revoked_at, expires_at) < $1';

/** API keys in PostgreSQL. */
export function createPgApiKeyStore(db: Database): ApiKeyStore {
  return {
    create: ({ id, userId, name, prefix, scopes, expiresAt }, hash, maxLive, entry) =>
      db.transaction(async (client) => {
        // The user's keys are counted by one transaction at a time.
        await client.query('select 1 from auth.user_account where id = $1 for no key update', [userId]);
        const values = [id, userId, name, hash, prefix, scopes, expiresAt, maxLive];
        const stored = (await client.query<StoredApiKey>(INSERT, values)).rows[0];
        if (stored) await insertAuditEntry(client, entry);
        return stored;
      }),
    list: async (userId) => (await db.query<StoredApiKey>(LIST, [userId])).rows,
    revoke: (userId, id, entry) =>
      db.transaction(async (client) => {
        const revoked = (await client.query<StoredApiKey>(REVOKE, [userId, id])).rows[0];
        if (revoked) await insertAuditEntry(client, entry(revoked));
        return revoked ?? (await client.query<StoredApiKey>(FIND, [userId, id])).rows[0];
      }),
    async findLive(hash) {
      const row = (await db.query<StoredApiKey & { roles: Role[] }>(FIND_LIVE, [hash])).rows[0];
      if (!row) return undefined;
      const { roles, ...key } = row;
      return { key, roles };
    },
    // In a transaction because that repeats it should it deadlock with another instance's flush.
    recordUses: (uses) =>
      db.transaction(async (client) => {
        await client.query(RECORD_USES, [[...uses.keys()], [...uses.values()]]);
      }),
    deleteDead: async (before) => (await db.query(DELETE_DEAD, [before])).rowCount,
  };
}
