import { idTimeMs, newId } from '@deai/protocol';
import type { NewAuditEntry } from '../domain/audit-log.ts';

const INSERT = `insert into auth.audit_entry
(id, at, action, actor_id, via, credential_id, subject_type, subject_id, details) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

interface Runs {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** Adds an entry: with the client of the transaction of what it tells, or by itself. */
export async function insertAuditEntry(client: Runs, entry: NewAuditEntry): Promise<void> {
  await client.query(INSERT, auditValues(entry));
}

/** The values of one entry: its time is that of its id, by which it is paged. Halves of surrogate pairs, which jsonb refuses, are replaced. */
function auditValues({ action, actorId, via, subject, details }: NewAuditEntry): unknown[] {
  const id = newId();
  const at = new Date(idTimeMs(id));
  const storable = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, value.toWellFormed()]));
  return [id, at, action, actorId, via?.type, via?.id, subject?.type, subject?.id, JSON.stringify(storable)];
}
