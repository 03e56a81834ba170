import { createHash } from 'node:crypto';
import type { AuditRecord } from '@deai/protocol';
import { describe, expect, it } from 'vitest';
import { parseAuditMark, verifyAuditLog } from './index.ts';

const ANCHOR = '0'.repeat(64);
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** The canonical form written out: what the SDK must hash, whatever it is built with. */
function textOf({ number, actorId, details }: AuditRecord, previous: string): string {
  const via = `{"id":"${ID}","type":"session"}`;
  const facts = Object.entries(details).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  return (
    `{"action":"user.loggedIn","actorId":${actorId === null ? 'null' : `"${actorId}"`},"at":"2026-01-01T00:00:00.000Z","code":null,"concludes":null,` +
    `"details":{${facts.join()}},"id":"${ID}","number":${number},"outcome":"done","previous":"${previous}","subject":null,"via":${via}}`
  );
}
const RECORDS: AuditRecord[] = [];
for (let number = 1; number <= 6; number++) {
  const [at, action, via] = ['2026-01-01T00:00:00.000Z', 'user.loggedIn', { type: 'session', id: ID }] as const;
  const details = { clientIp: '::1', name: `“${number}”` };
  const fields = {
    number,
    id: ID,
    at,
    action,
    actorId: ID,
    via,
    subject: null,
    details,
    outcome: 'done',
    code: null,
    concludes: null,
  } as const;
  const text = textOf({ ...fields, hash: '' }, RECORDS.at(-1)?.hash ?? ANCHOR);
  RECORDS.push({ ...fields, hash: createHash('sha256').update(text).digest('hex') });
}
const head = RECORDS[5]?.hash as string;
const CHAIN = { first: 1, anchor: ANCHOR, last: 6, head };
const pages = (records: readonly AuditRecord[]) => [{ items: records.slice(0, 4) }, { items: records.slice(4) }];
const problemOf = async (records: readonly AuditRecord[], chain = CHAIN) => (await verifyAuditLog(chain, pages(records))).problem;

describe('verifyAuditLog', () => {
  it('recomputes every hash from the canonical form', async () => {
    expect(await verifyAuditLog(CHAIN, pages(RECORDS))).toEqual({ valid: true, first: 1, last: 6, head, problem: null, noted: null });
    const rest = { ...CHAIN, first: 4, anchor: RECORDS[2]?.hash as string };
    expect(await verifyAuditLog(rest, pages(RECORDS.slice(3)))).toMatchObject({ valid: true, first: 4, last: 6 });
  });

  it('takes what was appended since for part of the log', async () => {
    const chain = { ...CHAIN, last: 4, head: RECORDS[3]?.hash as string };
    expect(await verifyAuditLog(chain, pages(RECORDS))).toMatchObject({ valid: true, last: 6, head });
  });

  it('names the first entry that does not fit, and why', async () => {
    const changed = RECORDS.map((record) => (record.number === 3 ? { ...record, actorId: null } : record));
    expect(await problemOf(changed)).toEqual({ number: 3, kind: 'changed' });
    expect(await problemOf(RECORDS.filter(({ number }) => number !== 3))).toEqual({ number: 3, kind: 'missing' });
    expect(await problemOf(RECORDS.slice(0, 5))).toEqual({ number: 6, kind: 'missing' });
    expect(await problemOf([RECORDS[0] as AuditRecord, ...RECORDS])).toEqual({ number: 1, kind: 'foreign' });
    expect(await problemOf(RECORDS, { ...CHAIN, head: ANCHOR })).toEqual({ number: 6, kind: 'replaced' });
  });

  it('compares with an entry that was noted', async () => {
    const noted = (number: number, hash: string) => verifyAuditLog(CHAIN, pages(RECORDS), { number, hash });
    expect(await noted(2, RECORDS[1]?.hash as string)).toMatchObject({ valid: true, noted: 'same' });
    expect(await noted(2, head)).toMatchObject({ valid: false, last: 1, problem: { number: 2, kind: 'replaced' } });
    expect(await noted(9, head)).toMatchObject({ valid: false, last: 6, problem: { number: 7, kind: 'missing' } });
    const rest = { ...CHAIN, first: 4, anchor: RECORDS[2]?.hash as string };
    expect(await verifyAuditLog(rest, pages(RECORDS.slice(3)), { number: 1, hash: head })).toMatchObject({ valid: true, noted: 'deleted' });
  });
});

it('parseAuditMark reads what was noted', () => {
  expect(parseAuditMark(` 6:${head}\n`)).toEqual({ number: 6, hash: head });
  for (const text of ['', `${head}`, `6:${head}0`, `-6:${head}`, `6:${head.toUpperCase()}`]) expect(parseAuditMark(text)).toBeUndefined();
});
