import type { Database } from '@deai/db';
import { type AuditEntry, type AuditOutcome, type AuditQuery, firstIdFrom, isUuid, type Principal } from '@deai/protocol';
import type { PoolClient } from 'pg';
import { normaliseEmail } from '../domain/input.ts';
import type { AuditStore } from '../domain/ports.ts';
import { insertAuditEntry, newAuditId } from './audit.sql.ts';
import { listPage } from './list-page.ts';
import { createPgAuditChain } from './pg-audit-chain.ts';

interface AuditRow extends Pick<AuditEntry, 'id' | 'number' | 'hash' | 'action' | 'details' | 'code'> {
  at: Date;
  actorId: string | null;
  actorEmail: string | null;
  via: Principal['via'] | null;
  credentialId: string | null;
  subjectType: NonNullable<AuditEntry['subject']>['type'] | null;
  subjectId: string | null;
  subjectEmail: string | null;
  outcome: AuditOutcome;
  endNumber: number | null;
  endAt: Date | null;
}

const SELECT = `select a.id, a.number, a.hash, a.at, a.action, a.actor_id as "actorId", actor.email as "actorEmail", a.via,
a.credential_id as "credentialId", a.subject_type as "subjectType", a.subject_id as "subjectId", subject.email as "subjectEmail", a.details,
coalesce(e.outcome, a.outcome) as outcome, coalesce(e.code, a.code) as code, e.number as "endNumber", e.at as "endAt"
from auth.audit_entry a
left join auth.audit_entry e on e.concludes = a.id
left join auth.user_account actor on actor.id = a.actor_id
left join auth.user_account subject on a.subject_type = 'user' and subject.id = a.subject_id`;

const CONCLUDE = `insert into auth.audit_entry
(id, at, action, actor_id, via, credential_id, subject_type, subject_id, outcome, code, concludes)
select $1, $2, a.action, a.actor_id, a.via, a.credential_id, a.subject_type, a.subject_id, $3, $4, a.id
from auth.audit_entry a
where a.id = $5 and a.actor_id = $6 and a.outcome = 'attempted' and not exists (select from auth.audit_entry e where e.concludes = a.id)`;

/** The audit log in PostgreSQL. */
export function createPgAuditStore(db: Database): AuditStore {
  return {
    async add(entry) {
      await insertAuditEntry(db, entry);
    },
    attempt: (entry) => insertAuditEntry(db, entry, 'attempted'),
    conclude: (actorId, { entryId, code }) =>
      db.transaction(async (client) => {
        await holdEnd(client);
        const { id, at } = newAuditId();
        const { rowCount } = await client.query(CONCLUDE, [id, at, code === null ? 'done' : 'failed', code, entryId, actorId]);
        return rowCount === 1;
      }),
    list: (query) => listPage<AuditRow, AuditEntry>(db, { select: SELECT, id: 'a.id', conditions: conditionsOf(query), query }, entryOf),
    ...createPgAuditChain(db),
  };
}

/** From here on nobody else appends until the commit: the next statement sees all entries there are. */
async function holdEnd(client: PoolClient): Promise<void> {
  await client.query('select from auth.audit_chain for update');
}

function conditionsOf({ actor, action, subject, after, before }: AuditQuery) {
  return [
    // What concludes another entry is told with that one.
    'a.concludes is null',
    ...ofUser('a.actor_id', actor),
    ...ofUser('a.subject_id', subject),
    ...(action === undefined ? [] : [{ sql: (n: string) => `a.action = ${n}`, value: action }]),
    ...(after === undefined ? [] : [{ sql: (n: string) => `a.id >= ${n}`, value: firstIdFrom(after) }]),
    ...(before === undefined ? [] : [{ sql: (n: string) => `a.id < ${n}`, value: firstIdFrom(before) }]),
  ];
}

/** By id, or by the address of a user. */
function ofUser(column: string, given: string | undefined) {
  if (given === undefined) return [];
  if (isUuid(given)) return [{ sql: (n: string) => `${column} = ${n}`, value: given }];
  return [{ sql: (n: string) => `${column} = (select id from auth.user_account where email = ${n})`, value: normaliseEmail(given) }];
}

function entryOf({ at, actorId, actorEmail, via, credentialId, subjectType, subjectId, subjectEmail, ...row }: AuditRow): AuditEntry {
  const { endNumber, endAt, ...entry } = row;
  return {
    ...entry,
    at: at.toISOString(),
    actor: actorId === null ? null : { id: actorId, email: actorEmail },
    via: via === null || credentialId === null ? null : { type: via, id: credentialId },
    subject: subjectType === null || subjectId === null ? null : { type: subjectType, id: subjectId, email: subjectEmail },
    concluded: endNumber === null || endAt === null ? null : { number: endNumber, at: endAt.toISOString() },
  };
}
