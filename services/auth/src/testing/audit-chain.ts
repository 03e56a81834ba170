import { createHash } from 'node:crypto';
import type { Bus } from '@deai/bus';
import type { AuditRecord, Principal } from '@deai/protocol';
import { type AuditMark, verifyLiveAuditChain } from '@deai/protocol/audit-chain';

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();

/** Every record of the log, in small pages. */
export async function* recordPages(bus: Bus, principal: Principal): AsyncGenerator<{ items: AuditRecord[] }> {
  for (let cursor: string | undefined; ; ) {
    const page = await bus.request('auth.auditRecords', { principal, query: { limit: 7, ...(cursor ? { cursor } : {}) } });
    yield page;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Verifies the log as a client does. */
export async function verifyLog(bus: Bus, principal: Principal, noted?: AuditMark) {
  const source = { chain: () => bus.request('auth.auditChain', { principal }), pages: () => recordPages(bus, principal) };
  const verdict = await verifyLiveAuditChain(sha256, source, noted);
  return { ...verdict, head: { number: verdict.last, hash: verdict.head } };
}
