import type { AuditChain } from '@deai/protocol';
import type { AuditMark, AuditPages, AuditSource, AuditVerdict } from '@deai/protocol/audit-chain';

/** Most programs never verify the log: they need not load this. */
async function load() {
  const [verifier, { sha256 }] = await Promise.all([import('@deai/protocol/audit-chain'), import('@noble/hashes/sha2.js')]);
  return { ...verifier, sha256 };
}

/**
 * Recomputes the hashes of the audit log, and names the first entry that does not fit. Works in browsers and asks nobody but `pages`.
 * @param chain both ends of the log, read before the pages
 * @param pages all records from the first one on, oldest first
 * @param noted an entry's number and hash from before: finds a log that was cut off or written anew since
 */
export async function verifyAuditLog(chain: AuditChain, pages: AuditPages, noted?: AuditMark): Promise<AuditVerdict> {
  const { verifyAuditChain, sha256 } = await load();
  return await verifyAuditChain({ sha256, chain, pages, noted });
}

/** The same for a log that lives. */
export async function verifyLiveAuditLog(source: AuditSource, noted?: AuditMark): Promise<AuditVerdict> {
  const { verifyLiveAuditChain, sha256 } = await load();
  return await verifyLiveAuditChain(sha256, source, noted);
}

/** Reads `number:hash`, in which form an entry and its hash are noted; undefined for anything else. */
export function parseAuditMark(text: string): AuditMark | undefined {
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return number === undefined || hash === undefined ? undefined : { number: Number(number), hash };
}
