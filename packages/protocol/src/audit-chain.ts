import { hex } from '@scure/base';
import type { AuditChain, AuditRecord } from './api/audit.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Sha256 } from './receipts/sum-tree.ts';

/** An entry and its hash, as somebody noted them. */
export interface AuditMark {
  number: number;
  /** Hex. */
  hash: string;
}

/**
 * What does not fit. `missing`: no such entry, though there must be one; `changed`: it is not what was hashed, or stands where another stood;
 * `foreign`: it is beyond an end of the log; `replaced`: its hash is not the one that is known of it.
 */
export type AuditProblemKind = 'missing' | 'changed' | 'foreign' | 'replaced';

export interface AuditVerdict {
  valid: boolean;
  /** Entries from `first` to `last` fit; none does when `last` is less. */
  first: number;
  last: number;
  /** Hash of the last one that fits: worth noting elsewhere, for a log that is written anew from there on no longer leads to it. */
  head: string;
  /** The first entry that does not fit. */
  problem: { number: number; kind: AuditProblemKind } | null;
  /** What became of the entry that was noted: `deleted` when it was old, so that it cannot be compared; null when it was not reached, or none was given. */
  noted: 'same' | 'deleted' | null;
}

/** All records from the first one on, oldest first. */
export type AuditPages = AsyncIterable<{ items: readonly AuditRecord[] }> | Iterable<{ items: readonly AuditRecord[] }>;

export interface AuditChainToVerify {
  sha256: Sha256;
  chain: AuditChain;
  /** Also with those appended after `chain` was read. */
  pages: AuditPages;
  noted?: AuditMark | undefined;
}

/** Where the log is read. */
export interface AuditSource {
  chain(): Promise<AuditChain>;
  pages(): AuditPages;
}

/** Deletion of old entries is hourly: it does not come in between twice. */
const TRIES = 3;

const utf8 = new TextEncoder();

/** An entry's hash in hex: SHA-256 of its canonical JSON without `hash`, and with the hash before it as `previous`. */
export function auditHash(sha256: Sha256, { hash: _, ...entry }: AuditRecord, previous: string): string {
  return hex.encode(sha256(utf8.encode(canonicalJson({ ...entry, previous }))));
}

/** Recomputes the audit log from its first entry to its last, and names the first that does not fit. Asks nobody but `pages`. */
export async function verifyAuditChain({ sha256, chain, pages, noted }: AuditChainToVerify): Promise<AuditVerdict> {
  const known: readonly AuditMark[] = [{ number: chain.last, hash: chain.head }, ...(noted ? [noted] : [])];
  let end: AuditMark = { number: chain.first - 1, hash: chain.anchor };
  const verdict = (problem: AuditVerdict['problem']): AuditVerdict => ({
    valid: problem === null,
    first: chain.first,
    last: end.number,
    head: end.hash,
    problem,
    noted: noted ? whatBecame(noted, chain, end) : null,
  });
  if (isReplaced(end, known)) return verdict({ number: end.number, kind: 'replaced' });
  for await (const { items } of pages) {
    for (const record of items) {
      const problem = problemOf(sha256, record, end) ?? (isReplaced(record, known) ? { number: record.number, kind: 'replaced' } : null);
      if (problem) return verdict(problem);
      end = { number: record.number, hash: record.hash };
    }
  }
  return verdict(known.some(({ number }) => number > end.number) ? { number: end.number + 1, kind: 'missing' } : null);
}

/** What is wrong with the entry that comes after the one at `end`. */
function problemOf(sha256: Sha256, record: AuditRecord, end: AuditMark): AuditVerdict['problem'] {
  const { number, hash } = record;
  if (number > end.number + 1) return { number: end.number + 1, kind: 'missing' };
  if (number <= end.number) return { number, kind: 'foreign' };
  return auditHash(sha256, record, end.hash) === hash ? null : { number, kind: 'changed' };
}

const isReplaced = ({ number, hash }: AuditMark, known: readonly AuditMark[]): boolean =>
  known.some((mark) => mark.number === number && mark.hash !== hash);

function whatBecame({ number, hash }: AuditMark, { first, anchor }: AuditChain, end: AuditMark): AuditVerdict['noted'] {
  if (number < first - 1) return 'deleted';
  return number <= end.number && (number >= first || hash === anchor) ? 'same' : null;
}

/** {@link verifyAuditChain} of a log that lives: entries are appended while it is read, and old ones deleted. */
export async function verifyLiveAuditChain(sha256: Sha256, source: AuditSource, noted?: AuditMark): Promise<AuditVerdict> {
  for (let tries = 1; ; tries++) {
    const before = await source.chain();
    const verdict = await verifyAuditChain({ sha256, chain: before, pages: source.pages(), noted });
    const after = await source.chain();
    if (!verdict.valid && after.first !== before.first && tries < TRIES) continue;
    // A row after the end that nobody appended.
    if (verdict.valid && verdict.last > after.last)
      return { ...verdict, valid: false, problem: { number: after.last + 1, kind: 'foreign' } };
    return verdict;
  }
}
