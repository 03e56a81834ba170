import { type AuditOutcome, idTimeMs, newId } from '@deai/protocol';
import type { NewAuditEntry } from '../domain/audit-log.ts';

// A trigger adds number and hash, and holds the end of the chain until the commit: to be the last that a transaction does.
const INSERT = `insert into auth.audit_entry
(id, at, action, actor_id, via, credential_id, subject_type, subject_id, details, outcome) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

interface Runs {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** Id and time of a new entry: the time is that of the id, by which entries are paged. */
export function newAuditId(): { id: string; at: Date } {
  const id = newId();
  return { id, at: new Date(idTimeMs(id)) };
}

/** Adds an entry: with the client of the transaction of what it tells, or by itself. Returns its id. */
export async function insertAuditEntry(client: Runs, entry: NewAuditEntry, outcome: AuditOutcome = 'done'): Promise<string> {
  const { id, at } = newAuditId();
  const { action, actorId, via, subject, details } = entry;
  const facts = JSON.stringify(storable(details));
  await client.query(INSERT, [id, at, action, actorId, via?.type, via?.id, subject?.type, subject?.id, facts, outcome]);
  return id;
}

/** Halves of surrogate pairs, which jsonb refuses, are replaced. */
function storable(details: NewAuditEntry['details']): NewAuditEntry['details'] {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, value.toWellFormed()]));
}
