import { type AuditEntry, AuditPage, type AuditQuery, newId, type Principal } from '@deai/protocol';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type AuthWorld, createAuthWorld, newEmail, PASSWORD, refusal } from './testing/auth-world.ts';

let world: AuthWorld;
let admin: Principal;
beforeAll(async () => {
  world = await createAuthWorld();
  admin = await world.admin();
});
afterAll(() => world.close());

const look = (query: AuditQuery) => world.bus.request('auth.auditLog', { principal: admin, query });
const entriesOf = async (subject: string): Promise<AuditEntry[]> => (await look({ subject })).items;
const actionsOf = async (subject: string) => (await entriesOf(subject)).map(({ action }) => action).reverse();
const told = ({ action, actor, via, details }: AuditEntry) => ({ action, actor: actor?.id ?? null, via: via?.type ?? null, details });
const outcomeOf = ({ outcome, code, concluded }: AuditEntry) => ({ outcome, code, concluded });

it('records sign-up, login and logout with who, by which login and from where', async () => {
  const email = newEmail();
  const clientIp = '192.0.2.7';
  const { user, accessToken } = await world.bus.request('auth.register', { email, password: PASSWORD, clientIp });
  await world.bus.request('auth.login', { email, password: PASSWORD, clientIp });
  const principal = await world.principalOf(accessToken);
  await world.bus.request('auth.logout', { principal });
  await world.bus.request('auth.logout', { principal });
  const page = await look({ subject: email.toUpperCase() });
  expect([...Value.Errors(AuditPage, page)]).toEqual([]);
  const by = { actor: user.id, via: 'session' };
  expect(page.items.map(told).reverse()).toEqual([
    { action: 'user.registered', ...by, details: { clientIp, roles: 'requester' } },
    { action: 'user.loggedIn', ...by, details: { clientIp } },
    { action: 'user.loggedOut', ...by, details: {} },
  ]);
  for (const entry of page.items) expect(outcomeOf(entry)).toEqual({ outcome: 'done', code: null, concluded: null });
  expect(page.items[0]).toMatchObject({ actor: { email }, via: { id: principal.credentialId }, subject: { type: 'user', email } });
});

it('records keys made and revoked, once each and without the key', async () => {
  const { user, accessToken } = await world.register();
  const principal = await world.principalOf(accessToken);
  const { key, apiKey } = await world.bus.request('auth.createApiKey', { principal, request: { name: 'ci', scopes: ['tasks:read'] } });
  for (let i = 0; i < 2; i++) await world.bus.request('auth.revokeApiKey', { principal, id: apiKey.id });
  const entries = await entriesOf(apiKey.id);
  const by = { actor: user.id, via: 'session' };
  expect(entries.map(told).reverse()).toEqual([
    { action: 'apiKey.created', ...by, details: { name: 'ci', prefix: apiKey.prefix, scopes: 'tasks:read' } },
    { action: 'apiKey.revoked', ...by, details: { name: 'ci', prefix: apiKey.prefix } },
  ]);
  const { rows } = await world.db.query<{ all: string }>('select string_agg(a::text, chr(10)) as all from auth.audit_entry a');
  for (const secret of [key, accessToken, PASSWORD]) expect(rows[0]?.all).not.toContain(secret);
});

it('records a key whose name is half a character', async () => {
  const principal = await world.principalOf((await world.register()).accessToken);
  const { apiKey } = await world.bus.request('auth.createApiKey', { principal, request: { name: 'half \ud83d' } });
  expect((await entriesOf(apiKey.id))[0]?.details.name).toBe('half \ufffd');
});

it('records each role granted and removed, and nothing of a change that was refused or changes nothing', async () => {
  const { user } = await world.register();
  const set = (roles: ('requester' | 'operator' | 'admin')[], principal = admin) =>
    world.bus.request('auth.setRoles', { principal, userId: user.id, roles });
  await set(['operator']);
  await set(['operator']);
  await refusal(set(['admin'], { ...admin, scopes: [] }));
  const changes = (await entriesOf(user.id)).filter(({ action }) => action.startsWith('role.'));
  const by = { actor: admin.userId, via: 'session' };
  expect(changes.map(told).reverse()).toEqual([
    { action: 'role.granted', ...by, details: { role: 'operator' } },
    { action: 'role.removed', ...by, details: { role: 'requester' } },
  ]);
});

it('records the role that the configuration grants at start, as nobody’s act', async () => {
  const { user } = await world.register();
  const second = await createAuthWorld({ adminEmail: user.email }, world.db);
  await second.close();
  const because = 'DEAI_AUTH_ADMIN_EMAIL';
  expect(told((await entriesOf(user.id))[0] as AuditEntry)).toEqual({
    action: 'role.granted',
    actor: null,
    via: null,
    details: { role: 'admin', because },
  });
});

it('records that a used refresh token came again, once', async () => {
  const { user, refreshToken } = await world.register();
  await world.bus.request('auth.refresh', { refreshToken });
  for (let i = 0; i < 2; i++) await refusal(world.bus.request('auth.refresh', { refreshToken }));
  expect(await actionsOf(user.id)).toEqual(['user.registered', 'session.tokenReused']);
});

it('records failed logins up to a bound, and says until when it is quiet', async () => {
  const { user } = await world.register();
  const fail = (email: string, clientIp: string) => refusal(world.bus.request('auth.login', { email, password: 'wrong', clientIp }));
  for (let i = 0; i < 15; i++) expect((await fail(user.email, `192.0.2.${i}`)).code).toBe('INVALID_CREDENTIALS');
  const failed = (await entriesOf(user.id)).filter(({ action }) => action === 'user.loginFailed').map(told);
  expect(failed).toHaveLength(10);
  expect(failed[1]).toEqual({ action: 'user.loginFailed', actor: null, via: null, details: { clientIp: '192.0.2.8' } });
  expect(failed[0]?.details).toEqual({ clientIp: '192.0.2.9', quietUntil: expect.stringMatching(/^20\d\d-.*Z$/) });
});

it('records failed logins to addresses without an account up to a bound of their own', async () => {
  const own = await createAuthWorld({}, world.db);
  const emails = Array.from({ length: 105 }, newEmail);
  await Promise.all(emails.map((email) => refusal(own.bus.request('auth.login', { email, password: 'wrong' }))));
  const { user } = await own.register();
  await refusal(own.bus.request('auth.login', { email: user.email, password: 'wrong' }));
  const unknown = (await look({ action: 'user.loginFailed', limit: 1_000 })).items.filter(({ subject }) => subject === null);
  expect(unknown).toHaveLength(100);
  for (const { details } of unknown) expect(emails).toContain(details.email);
  expect(await actionsOf(user.id)).toEqual(['user.registered', 'user.loginFailed']);
  await own.close();
});

it('has no act without its entry: what cannot be recorded is not done', async () => {
  const { user, accessToken, refreshToken } = await world.register();
  const principal = await world.principalOf(accessToken);
  const { apiKey } = await world.bus.request('auth.createApiKey', { principal, request: { name: 'kept' } });
  const email = newEmail();
  const acts: (() => Promise<unknown>)[] = [
    () => world.bus.request('auth.register', { email, password: PASSWORD }),
    () => world.bus.request('auth.login', { email: user.email, password: PASSWORD }),
    () => world.bus.request('auth.createApiKey', { principal, request: { name: 'lost' } }),
    () => world.bus.request('auth.revokeApiKey', { principal, id: apiKey.id }),
    () => world.bus.request('auth.setRoles', { principal: admin, userId: user.id, roles: ['operator'] }),
    () => world.bus.request('auth.logout', { principal }),
  ];
  const reported = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  await world.db.query('alter table auth.audit_entry add constraint full_up check (false) not valid');
  for (const act of acts) expect((await refusal(act())).code).toBe('INTERNAL');
  await world.db.query('alter table auth.audit_entry drop constraint full_up');
  expect(reported).toHaveBeenCalledTimes(acts.length);
  reported.mockRestore();
  expect((await refusal(world.bus.request('auth.login', { email, password: PASSWORD }))).code).toBe('INVALID_CREDENTIALS');
  expect((await world.bus.request('auth.listApiKeys', { principal })).items).toEqual([apiKey]);
  expect((await world.bus.request('auth.getProfile', { principal })).roles).toEqual(['requester']);
  expect((await world.bus.request('auth.refresh', { refreshToken })).user.id).toBe(user.id);
});

const actOn = (node: string) => ({ action: 'node.modeChanged', subject: { type: 'node', id: node }, details: { mode: 'drain' } }) as const;

it('records what administrators do in other services as attempted, and of nobody else', async () => {
  const node = newId();
  const act = actOn(node);
  await world.bus.request('auth.recordAct', { principal: admin, act });
  const entries = await entriesOf(node);
  expect(entries.map(told)).toEqual([{ action: 'node.modeChanged', actor: admin.userId, via: 'session', details: { mode: 'drain' } }]);
  expect(entries.map(outcomeOf)).toEqual([{ outcome: 'attempted', code: null, concluded: null }]);
  const record = (principal: Principal, given: unknown = act) =>
    refusal(world.bus.request('auth.recordAct', { principal, act: given as typeof act }));
  const { user, accessToken } = await world.register();
  expect((await record(await world.principalOf(accessToken))).code).toBe('FORBIDDEN');
  // As the token of somebody says who was an administrator when it was made.
  expect((await record({ ...admin, userId: user.id })).code).toBe('FORBIDDEN');
  expect((await record(admin, { ...act, action: 'user.loggedIn' })).code).toBe('INVALID_INPUT');
  expect((await record(admin, { ...act, details: { mode: '\u0000' } })).code).toBe('INVALID_INPUT');
  expect((await record(admin, { ...act, details: { modé: 'drain' } })).code).toBe('INVALID_INPUT');
});

it('tells how an act ended with the act, once, and by who attempted it alone', async () => {
  const node = newId();
  const attempt = async () => (await world.bus.request('auth.recordAct', { principal: admin, act: actOn(node) })).entryId;
  const conclude = (entryId: string, code: string | null, principal = admin) =>
    world.bus.request('auth.concludeAct', { principal, end: { entryId, code } }).then(({ concluded }) => concluded);
  const [done, failed, open] = [await attempt(), await attempt(), await attempt()];
  const someoneElse = { ...admin, userId: newId() };
  expect([await conclude(done, null, someoneElse), await conclude(done, null), await conclude(done, 'INTERNAL')]).toEqual([
    false,
    true,
    false,
  ]);
  const crossing = await Promise.all(Array.from({ length: 8 }, () => conclude(failed, 'UNAVAILABLE')));
  expect(crossing.filter(Boolean)).toHaveLength(1);
  const entries = await entriesOf(node);
  expect(entries.map(({ id }) => id)).toEqual([open, failed, done]);
  const later = { number: expect.any(Number), at: expect.any(String) };
  expect(entries.map(outcomeOf)).toEqual([
    { outcome: 'attempted', code: null, concluded: null },
    { outcome: 'failed', code: 'UNAVAILABLE', concluded: later },
    { outcome: 'done', code: null, concluded: later },
  ]);
  for (const { number, concluded } of entries.slice(1)) expect(concluded?.number).toBeGreaterThan(number);
  // Neither what was done with its entry, nor a conclusion, nor what there is not.
  const [login] = (await look({ actor: admin.userId, action: 'user.registered' })).items;
  const { rows } = await world.db.query<{ id: string }>('select id from auth.audit_entry where concludes = $1', [done]);
  for (const id of [login?.id, rows[0]?.id, newId()]) expect(await conclude(id as string, null)).toBe(false);
  expect((await refusal(conclude('x', null))).code).toBe('INVALID_INPUT');
});

it('pages newest first without gaps, and filters by actor, action and time', async () => {
  const { user, accessToken } = await world.register();
  const principal = await world.principalOf(accessToken);
  for (let i = 0; i < 5; i++) await world.bus.request('auth.createApiKey', { principal, request: { name: `k${i}` } });
  const all = (await look({ actor: user.id })).items;
  expect(all.map(({ details }) => details.name)).toEqual(['k4', 'k3', 'k2', 'k1', 'k0', undefined]);
  const paged: AuditEntry[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await look({ actor: user.email, limit: 2, ...(cursor ? { cursor } : {}) });
    paged.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(paged).toEqual(all);
  expect((await look({ actor: user.id, action: 'user.registered' })).items).toHaveLength(1);
  await world.db.query('alter table auth.audit_entry disable trigger audit_entry_rows');
  const old = '01890a5d-ac96-774b-bcce-b302099a8057';
  await world.db.query("update auth.audit_entry set id = $1, at = '2023-06-30T00:00:00Z' where id = $2", [old, all[0]?.id]);
  await world.db.query('alter table auth.audit_entry enable trigger audit_entry_rows');
  const idsOf = async (query: AuditQuery) => (await look({ actor: user.id, ...query })).items.map(({ id }) => id);
  expect(await idsOf({ before: '2024-01-01T00:00:00Z' })).toEqual([old]);
  expect(await idsOf({ after: '2024-01-01T00:00:00Z' })).toEqual(all.slice(1).map(({ id }) => id));
  expect(await idsOf({ before: '1950-01-01T00:00:00Z' })).toEqual([]);
  expect(await idsOf({ before: '2016-12-31T23:59:60Z' })).toEqual([]);
  expect(await idsOf({ actor: 'nobody@example.org' })).toEqual([]);
});

it('refuses whoever is no administrator, wrong cursors and wrong filters', async () => {
  const { user, accessToken } = await world.register();
  const ask = (principal: Principal, query: object = {}) => refusal(world.bus.request('auth.auditLog', { principal, query }));
  expect((await ask(await world.principalOf(accessToken))).code).toBe('FORBIDDEN');
  expect((await ask({ ...admin, userId: user.id })).code).toBe('FORBIDDEN');
  expect((await ask({ ...admin, scopes: ['account:read'] })).code).toBe('FORBIDDEN');
  expect((await ask(admin, { cursor: 'x' })).code).toBe('INVALID_CURSOR');
  expect((await ask(admin, { action: 'user.smiled' })).code).toBe('INVALID_INPUT');
});

it('keeps entries as they are: they cannot be changed, nor deleted before their time', async () => {
  for (const statement of ["update auth.audit_entry set action = 'x'", 'delete from auth.audit_entry', 'truncate auth.audit_entry']) {
    await expect(world.db.query(statement)).rejects.toThrow('append-only');
  }
  expect((await look({ limit: 1_000 })).items.length).toBeGreaterThan(20);
});
