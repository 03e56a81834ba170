import type { Database } from '@deai/db';
import { type AuditChain, type AuditRecord, DeaiError } from '@deai/protocol';
import type { PoolClient } from 'pg';
import type { AuditStore } from '../domain/ports.ts';

const CHAIN = 'select first, anchor, last, head from auth.audit_chain';

// Its fields are those of auth.audit_hash and the hash itself.
const RECORDS = `select number, hash, id, at, action, actor_id as "actorId",
case when via is not null then jsonb_build_object('type', via, 'id', credential_id) end as via,
case when subject_type is not null then jsonb_build_object('type', subject_type, 'id', subject_id) end as subject,
details, outcome, code, concludes
from auth.audit_entry where number > $1 order by number limit $2`;

// Numbers and times are not in quite the same order, as the clocks of instances differ: what is deleted is the beginning, so that the rest has no gap.
const DELETE = `with oldest as (select number, at from auth.audit_entry order by number limit 1000),
old as (select number, bool_and(at < $1) over (order by number) as old from oldest)
delete from auth.audit_entry where number in (select number from old where old) returning number, hash`;
const MOVE_FIRST = 'update auth.audit_chain set first = $1, anchor = $2 where first < $1';

/** The audit log as a chain, in PostgreSQL. */
export function createPgAuditChain(db: Database): Pick<AuditStore, 'chain' | 'records' | 'deleteBefore'> {
  return {
    async chain() {
      return (await db.query<AuditChain>(CHAIN)).rows[0] as AuditChain;
    },
    async records({ limit = 50, cursor }) {
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new DeaiError('INVALID_CURSOR', { cursor });
      // From before the first number that there can be: what stands there is shown too.
      const after = cursor ?? Number.MIN_SAFE_INTEGER;
      const { rows } = await db.query<Omit<AuditRecord, 'at'> & { at: Date }>(RECORDS, [after, limit + 1]);
      const items = rows.slice(0, limit).map((row): AuditRecord => ({ ...row, at: row.at.toISOString() }));
      return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.number) : null };
    },
    async deleteBefore(time) {
      for (let total = 0; ; ) {
        const deleted = await db.transaction((client) => deleteOldest(client, time));
        if (deleted === 0) return total;
        total += deleted;
      }
    },
  };
}

/** Those who append wait for the last statement alone. */
async function deleteOldest(client: PoolClient, time: Date): Promise<number> {
  const { rows } = await client.query<{ number: number; hash: string }>(DELETE, [time]);
  const last = rows.reduce((a, b) => (a.number > b.number ? a : b), { number: 0, hash: '' });
  if (rows.length > 0) await client.query(MOVE_FIRST, [last.number + 1, last.hash]);
  return rows.length;
}
