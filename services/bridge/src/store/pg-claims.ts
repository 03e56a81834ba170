import type { Database } from '@deai/db';
import { DeaiError, isUuid, newId } from '@deai/protocol';
import type { ClaimStore, StoredClaim } from '../domain/claims.ts';

interface ClaimRow {
  id: string;
  user_id: string;
  account: string;
  expected: string;
  state: StoredClaim['state'];
  tx_hash: string | null;
  tx_bytes: string | null;
  nonce: string | null;
  attempts: number;
  not_before: Date;
  paid: string | null;
  error: string | null;
  created_at: Date;
  ended_at: Date | null;
}

const claimOf = (row: ClaimRow): StoredClaim => ({
  id: row.id,
  userId: row.user_id,
  accountId: row.account,
  expectedYocto: BigInt(row.expected),
  state: row.state,
  hash: row.tx_hash ?? undefined,
  signed:
    row.state === 'signed' && row.tx_hash && row.tx_bytes && row.nonce
      ? { hash: row.tx_hash, bytes: row.tx_bytes, nonce: BigInt(row.nonce) }
      : undefined,
  attempts: row.attempts,
  notBeforeMs: row.not_before.getTime(),
  paidYocto: row.paid === null ? undefined : BigInt(row.paid),
  problem: row.error ?? undefined,
  requestedAtMs: row.created_at.getTime(),
  endedAtMs: row.ended_at?.getTime(),
});

/** A new one, unless the account has an open one: then nothing. The key may be used by another request of the user at the same moment. */
const INSERT = `
insert into bridge.claim (id, user_id, account, idempotency_key, expected) values ($1, $2, $3, $4, $5)
on conflict do nothing returning *`;

/** Claims in PostgreSQL. Every write asks for the state that it changes. */
export function createPgClaims(db: Database): ClaimStore {
  const first = async (sql: string, values: unknown[]) => {
    const { rows } = await db.query<ClaimRow>(sql, values);
    return rows[0] && claimOf(rows[0]);
  };
  return {
    byKey: (userId, key) => first('select * from bridge.claim where user_id = $1 and idempotency_key = $2', [userId, key]),
    latest: (accountId) => first('select * from bridge.claim where account = $1 order by created_at desc limit 1', [accountId]),
    get: async (userId, id) =>
      isUuid(id) ? await first('select * from bridge.claim where user_id = $1 and id = $2', [userId, id]) : undefined,
    add: ({ userId, accountId, idempotencyKey, expectedYocto }) =>
      first(INSERT, [newId(), userId, accountId, idempotencyKey ?? null, expectedYocto.toString()]),
    async page(userId, { limit = 50, cursor }) {
      if (cursor !== undefined && !isUuid(cursor)) throw new DeaiError('INVALID_CURSOR', { cursor });
      const { rows } = await db.query<ClaimRow>(
        'select * from bridge.claim where user_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3',
        [userId, cursor ?? null, limit + 1],
      );
      const items = rows.slice(0, limit).map(claimOf);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    next: (nowMs) =>
      first(`select * from bridge.claim where state = 'signed' or (state = 'waiting' and not_before <= $1) order by state, id limit 1`, [
        new Date(nowMs),
      ]),
    async sign(id, { hash, bytes, nonce }) {
      const { rowCount } = await db.query(
        `update bridge.claim set state = 'signed', tx_hash = $2, tx_bytes = $3, nonce = $4, attempts = attempts + 1
         where id = $1 and state = 'waiting'`,
        [id, hash, bytes, nonce.toString()],
      );
      return rowCount === 1;
    },
    async release(id, hash, problem, retryAtMs) {
      await db.query(
        `update bridge.claim set state = 'waiting', error = $3, not_before = $4 where id = $1 and state = 'signed' and tx_hash = $2`,
        [id, hash, problem.slice(0, 300), new Date(retryAtMs)],
      );
    },
    async postpone(id, problem, retryAtMs) {
      await db.query(`update bridge.claim set attempts = attempts + 1, error = $2, not_before = $3 where id = $1 and state = 'waiting'`, [
        id,
        problem.slice(0, 300),
        new Date(retryAtMs),
      ]);
    },
    async fail(id, problem) {
      await db.query(
        `update bridge.claim set state = 'failed', error = $2, ended_at = now() where id = $1 and state in ('waiting', 'signed')`,
        [id, problem.slice(0, 300)],
      );
    },
    async pay(id, paidYocto) {
      await db.query(
        `with paid as (
           update bridge.claim set state = 'paid', paid = $2, error = null, ended_at = now() where id = $1 and state = 'signed' returning *
         )
         insert into bridge.account_event (account, at, kind, paid, tx_hash) select account, ended_at, 'claim', paid, tx_hash from paid`,
        [id, paidYocto.toString()],
      );
    },
  };
}
