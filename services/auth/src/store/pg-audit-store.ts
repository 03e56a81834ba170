import type { Database } from '@deai/db';
import {
  type AuditAction,
  type AuditEntry,
  type AuditQuery,
  type AuditSubjectType,
  firstIdAt,
  firstIdFrom,
  isUuid,
  type Principal,
} from '@deai/protocol';
import { normaliseEmail } from '../domain/input.ts';
import type { AuditStore } from '../domain/ports.ts';
import { insertAuditEntry } from './audit.sql.ts';
import { listPage } from './list-page.ts';

interface AuditRow {
  id: string;
  at: Date;
  action: AuditAction;
  actorId: string | null;
  actorEmail: string | null;
  via: Principal['via'] | null;
  credentialId: string | null;
  subjectType: AuditSubjectType | null;
  subjectId: string | null;
  subjectEmail: string | null;
  details: Record<string, string>;
}

const SELECT = `select a.id, a.at, a.action, a.actor_id as "actorId", actor.email as "actorEmail", a.via, a.credential_id as "credentialId",
a.subject_type as "subjectType", a.subject_id as "subjectId", subject.email as "subjectEmail", a.details
from auth.audit_entry a
left join auth.user_account actor on actor.id = a.actor_id
left join auth.user_account subject on a.subject_type = 'user' and subject.id = a.subject_id`;

const DELETE = `delete from auth.audit_entry where id in
(select id from auth.audit_entry where id < $1 order by id limit 1000 for update skip locked)`;

/** The audit log in PostgreSQL. */
export function createPgAuditStore(db: Database): AuditStore {
  return {
    add: (entry) => insertAuditEntry(db, entry),
    list: (query) => listPage<AuditRow, AuditEntry>(db, { select: SELECT, id: 'a.id', conditions: conditionsOf(query), query }, entryOf),
    async deleteBefore(time) {
      for (let total = 0; ; ) {
        const { rowCount } = await db.query(DELETE, [firstIdAt(time.getTime())]);
        if (rowCount === 0) return total;
        total += rowCount;
      }
    },
  };
}

function conditionsOf({ actor, action, subject, after, before }: AuditQuery) {
  return [
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

function entryOf(row: AuditRow): AuditEntry {
  const { id, at, action, actorId, actorEmail, via, credentialId, subjectType, subjectId, subjectEmail, details } = row;
  return {
    id,
    at: at.toISOString(),
    action,
    actor: actorId === null ? null : { id: actorId, email: actorEmail },
    via: via === null || credentialId === null ? null : { type: via, id: credentialId },
    subject: subjectType === null || subjectId === null ? null : { type: subjectType, id: subjectId, email: subjectEmail },
    details,
  };
}
