import { createHash } from 'node:crypto';
import type { AuditEntry, AuditRecord } from '@deai/protocol';
import { auditHash } from '@deai/protocol/audit-chain';
import { refuse } from '@deai/sdk/testing';
import { tempDir } from '@deai/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeNetwork, KEY, startFakeNetwork, USER } from './testing/fake-network.ts';
import { runDeai } from './testing/run-deai.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const ZEROS = '0'.repeat(64);
const ENTRY: AuditEntry = {
  id: ID,
  number: 7,
  hash: ZEROS,
  at: '2026-01-01T00:00:00.000Z',
  action: 'node.modeChanged',
  actor: { id: ID, email: 'root@example.org' },
  via: { type: 'api-key', id: ID },
  subject: { type: 'node', id: ID, email: null },
  details: { name: 'attic\u001b[2J', mode: 'maintenance' },
  outcome: 'failed',
  code: 'UNAVAILABLE',
  concluded: { number: 8, at: '2026-01-01T00:00:01.000Z' },
};
const FAILED: AuditEntry = {
  ...ENTRY,
  action: 'user.loginFailed',
  actor: null,
  via: null,
  subject: null,
  details: {},
  outcome: 'done',
  code: null,
  concluded: null,
};
/** Ten entries, chained. */
const RECORDS: AuditRecord[] = [];
for (let number = 1; number <= 10; number++) {
  const fields = { id: ID, at: ENTRY.at, action: 'user.loggedOut', actorId: ID, via: null, subject: null, details: {} } as const;
  const record: AuditRecord = { ...fields, number, hash: '', outcome: 'done', code: null, concludes: null };
  const hash = auditHash((data) => createHash('sha256').update(data).digest(), record, RECORDS.at(-1)?.hash ?? ZEROS);
  RECORDS.push({ ...record, hash });
}
const HEAD = RECORDS.at(-1)?.hash as string;

let network: FakeNetwork;
let home: string;
beforeAll(async () => {
  home = await tempDir();
});
beforeEach(async () => {
  network = await startFakeNetwork();
});
afterEach(() => network.close());

const deai = (...args: string[]) =>
  runDeai(['admin', ...args], { env: { DEAI_URL: network.url, DEAI_API_KEY: KEY, XDG_CONFIG_HOME: home } });
const queryOf = (route: string) => Object.fromEntries(network.seen(route)[0]?.query ?? []);

it('admin users lists by search and role, and tells how to go on', async () => {
  network.on('GET /users', () => ({ body: { items: [{ ...USER, lastLoginAt: null }], nextCursor: 'c1' } }));
  const { code, stdout, stderr } = await deai('users', '--search', 'Ada L', '--role', 'requester', '--limit', '5');
  expect([code, queryOf('GET /users')]).toEqual([0, { search: 'Ada L', role: 'requester', limit: '5' }]);
  expect(stdout).toMatch(/E-MAIL[\s\S]*u1 +ada@example.org +Ada +requester .* –\n$/);
  expect(stderr).toContain('--cursor c1');
});

it('admin users --all --json is one document of every page', async () => {
  network.on('GET /users', ({ query }) => ({ body: { items: [USER], nextCursor: query.get('cursor') ? null : 'c1' } }));
  const { stdout, stderr } = await deai('users', '--all', '--json');
  expect(JSON.parse(stdout)).toEqual({ items: [USER, USER], nextCursor: null });
  expect(stderr).toBe('');
});

it('admin roles replaces the roles of a user', async () => {
  network.on('POST /users/*/roles', ({ body }) => ({ body: { ...USER, ...body } }));
  const { stdout } = await deai('roles', ID, 'requester', 'operator', 'operator');
  expect(stdout).toBe('✔ ada@example.org is requester, operator\n');
  expect(network.requests.at(-1)).toMatchObject({ route: `POST /users/${ID}/roles`, body: { roles: ['requester', 'operator'] } });
  expect((await deai('roles', ID, 'root')).code).toBe(2);
});

it('admin audit passes its filters on, and lets no text of others steer the terminal', async () => {
  network.on('GET /audit', () => ({ body: { items: [ENTRY, FAILED], nextCursor: null } }));
  const filters = [
    '--actor',
    'root@example.org',
    '--action',
    'node.modeChanged',
    '--subject',
    ID,
    '--since',
    '2026-01-01',
    '--until',
    '2026-02-01',
  ];
  const { code, stdout } = await deai('audit', ...filters);
  expect([code, queryOf('GET /audit')]).toEqual([
    0,
    {
      actor: 'root@example.org',
      action: 'node.modeChanged',
      subject: ID,
      after: '2026-01-01T00:00:00.000Z',
      before: '2026-02-01T00:00:00.000Z',
      limit: '20',
    },
  ]);
  expect(stdout).toContain(
    `root@example.org (key)  node.modeChanged  failed UNAVAILABLE  node ${ID}  name=attic\ufffd[2J mode=maintenance`,
  );
  expect(stdout).toMatch(/– +user\.loginFailed +done +–\n$/);
  expect(JSON.parse((await deai('audit', '--json')).stdout)).toEqual({ items: [ENTRY, FAILED], nextCursor: null });
});

describe('admin audit --verify', () => {
  const serve = (records: readonly AuditRecord[]) => {
    network.on('GET /audit/chain', () => ({ body: { first: 1, anchor: ZEROS, last: 10, head: HEAD } }));
    network.on('GET /audit/chain/entries', ({ query }) => {
      const after = Number(query.get('cursor') ?? 0);
      const items = records.filter(({ number }) => number > after).slice(0, 4);
      const more = (items.at(-1)?.number ?? 0) < (records.at(-1)?.number ?? 0);
      return { body: { items, nextCursor: more ? String(items.at(-1)?.number) : null } };
    });
  };

  it('reads every page, recomputes the hashes and tells the head, which a later verification takes', async () => {
    serve(RECORDS);
    const { code, stdout } = await deai('audit', '--verify');
    expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^✔ entries 1 to 10 fit\\nhead 10:${HEAD}\\n`))]);
    expect(network.seen('GET /audit/chain/entries')).toHaveLength(3);
    const noted = await deai('audit', '--noted', `10:${HEAD}`, '--json');
    expect([noted.code, JSON.parse(noted.stdout)]).toEqual([
      0,
      { valid: true, first: 1, last: 10, head: HEAD, problem: null, noted: 'same' },
    ]);
  });

  it('says the first entry that does not fit, and fails', async () => {
    serve(RECORDS.map((record) => (record.number === 6 ? { ...record, actorId: null } : record)));
    const { code, stdout } = await deai('audit', '--verify');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^✖ entries 1 to 5 fit\n✖ entry 6 is not what was recorded/)]);
    serve(RECORDS.slice(0, 8));
    expect((await deai('audit', '--verify')).stdout).toContain('✖ entry 9 is missing\n');
    serve(RECORDS);
    const noted = await deai('audit', '--verify', '--noted', `3:${HEAD}`);
    expect([noted.code, noted.stdout]).toEqual([1, expect.stringContaining('✖ entry 3 is not the one that was noted')]);
  });

  it('takes no filters, and nothing else for a head', async () => {
    expect((await deai('audit', '--verify', '--actor', 'ada@example.org')).code).toBe(2);
    expect((await deai('audit', '--verify', '--noted', '10:abc')).code).toBe(2);
  });
});

it('tells whoever is no administrator', async () => {
  network.on('GET /audit', () => refuse(403, 'FORBIDDEN', { required: 'admin', hint: 'This is for administrators.' }));
  const { code, stderr } = await deai('audit');
  expect([code, stderr]).toEqual([3, '✖ refused: FORBIDDEN (FORBIDDEN)\n  → This is for administrators.\n']);
});
