import type { AuditEntry } from '@deai/protocol';
import { refuse } from '@deai/sdk/testing';
import { tempDir } from '@deai/testkit';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FakeNetwork, KEY, startFakeNetwork, USER } from './testing/fake-network.ts';
import { runDeai } from './testing/run-deai.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const ENTRY: AuditEntry = {
  id: ID,
  at: '2026-01-01T00:00:00.000Z',
  action: 'node.modeChanged',
  actor: { id: ID, email: 'root@example.org' },
  via: { type: 'api-key', id: ID },
  subject: { type: 'node', id: ID, email: null },
  details: { name: 'attic\u001b[2J', mode: 'maintenance' },
};
const FAILED: AuditEntry = { ...ENTRY, action: 'user.loginFailed', actor: null, via: null, subject: null, details: {} };

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
  expect(stdout).toContain(`root@example.org (key)  node.modeChanged  node ${ID}  name=attic\ufffd[2J mode=maintenance`);
  expect(stdout).toMatch(/– +user\.loginFailed +–\n$/);
  expect(JSON.parse((await deai('audit', '--json')).stdout)).toEqual({ items: [ENTRY, FAILED], nextCursor: null });
});

it('tells whoever is no administrator', async () => {
  network.on('GET /audit', () => refuse(403, 'FORBIDDEN', { required: 'admin', hint: 'This is for administrators.' }));
  const { code, stderr } = await deai('audit');
  expect([code, stderr]).toEqual([3, '✖ refused: FORBIDDEN (FORBIDDEN)\n  → This is for administrators.\n']);
});
