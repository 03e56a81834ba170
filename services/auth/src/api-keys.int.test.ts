import { ApiKey, ApiKeyCreated, type ApiKeyRequest, type Principal } from '@deai/protocol';
import { createAuthenticator } from '@deai/service-kit';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuthWorld, createAuthWorld, refusal } from './testing/auth-world.ts';

let world: AuthWorld;
beforeAll(async () => {
  world = await createAuthWorld();
});
afterAll(() => world.close());

const newPrincipal = async (roles?: ('requester' | 'operator')[]) => await world.principalOf((await world.register(roles)).accessToken);
const create = (principal: Principal, request: Partial<ApiKeyRequest> = {}) =>
  world.bus.request('auth.createApiKey', { principal, request: { name: 'ci', ...request } });
const verify = (key: string) => world.bus.request('auth.verifyApiKey', { key });
const list = async (principal: Principal) => (await world.bus.request('auth.listApiKeys', { principal })).items;

it('creates a key that authenticates its user with the default scopes', async () => {
  const principal = await newPrincipal();
  const created = await create(principal);
  expect(Value.Errors(ApiKeyCreated, created)).toEqual([]);
  expect(created.key).toMatch(/^deai_[A-Za-z0-9_-]{43}$/);
  const scopes = ['tasks:read', 'tasks:write', 'nodes:read', 'billing:read', 'account:read'];
  expect(created.apiKey).toMatchObject({ name: 'ci', prefix: created.key.slice(0, 11), scopes, expiresAt: null, lastUsedAt: null });
  expect(await world.principalOf(created.key)).toEqual({
    userId: principal.userId,
    roles: ['requester'],
    scopes,
    via: 'api-key',
    credentialId: created.apiKey.id,
  });
});

it('stores no key, only its hash', async () => {
  const { key } = await create(await newPrincipal());
  const { rows } = await world.db.query<{ text: string }>("select encode(hash, 'escape') || k::text as text from auth.api_key k");
  expect(rows.some(({ text }) => text.includes(key.slice(11)))).toBe(false);
});

it('gives the scopes asked for, and refuses those that the roles or the maker lack', async () => {
  const principal = await newPrincipal(['operator']);
  expect((await create(principal, { scopes: ['nodes:write', 'account:write'] })).apiKey.scopes.sort()).toEqual([
    'account:write',
    'nodes:write',
  ]);
  const refused = await refusal(create(principal, { scopes: ['nodes:read', 'tasks:write', 'admin'] }));
  expect(refused).toMatchObject({ code: 'FORBIDDEN', details: { missing: ['tasks:write', 'admin'] } });
  const pretender: Principal = { ...principal, roles: ['admin'], scopes: ['account:write', 'admin'] };
  expect((await refusal(create(pretender, { scopes: ['admin'] }))).code).toBe('FORBIDDEN');
});

it('does not let a key make a key that can do more than itself', async () => {
  const { key } = await create(await newPrincipal(), { scopes: ['account:write', 'tasks:read'] });
  const byKey = await world.principalOf(key);
  expect((await create(byKey)).apiKey.scopes).toEqual(['tasks:read']);
  expect((await refusal(create(byKey, { scopes: ['tasks:write'] }))).code).toBe('FORBIDDEN');
});

it("drops a key's scopes with its user's roles, and gives them back with the roles", async () => {
  const admin = await world.admin();
  const principal = await newPrincipal(['operator']);
  const { key } = await create(principal, { scopes: ['nodes:write', 'nodes:read'] });
  const setRoles = (roles: ('requester' | 'operator')[]) =>
    world.bus.request('auth.setRoles', { principal: admin, userId: principal.userId, roles });
  await setRoles(['requester']);
  expect((await verify(key)).principal).toMatchObject({ roles: ['requester'], scopes: ['nodes:read'] });
  await setRoles(['requester', 'operator']);
  expect((await verify(key)).principal.scopes).toEqual(['nodes:read', 'nodes:write']);
});

it.each<[string, object]>([
  ['without a name', { name: '' }],
  ['with a NUL in its name', { name: 'a\u0000' }],
  ['with a scope that does not exist', { scopes: ['root'] }],
  ['with no scope', { scopes: [] }],
  ['that expired before it began', { expiresInDays: 0 }],
  ['with an unknown property', { key: 'deai_mine' }],
])('refuses a key %s', async (_, wrong) => {
  expect((await refusal(create(await newPrincipal(), wrong))).code).toBe('INVALID_INPUT');
});

it('refuses every command on keys without its scope', async () => {
  const principal = { ...(await newPrincipal()), scopes: [] };
  const { bus } = world;
  expect((await refusal(create(principal))).code).toBe('FORBIDDEN');
  expect((await refusal(bus.request('auth.listApiKeys', { principal }))).code).toBe('FORBIDDEN');
  expect((await refusal(bus.request('auth.revokeApiKey', { principal, id: principal.userId }))).code).toBe('FORBIDDEN');
});

it('allows 50 live keys, also to 60 simultaneous requests, and a new one after a revocation or an expiry', async () => {
  const principal = await newPrincipal();
  const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => create(principal)));
  const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.apiKey] : []));
  const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  expect([made.length, codes]).toEqual([50, new Array(10).fill('API_KEY_LIMIT')]);
  await world.bus.request('auth.revokeApiKey', { principal, id: made[0]?.id as string });
  await create(principal);
  await world.db.query('update auth.api_key set expires_at = now() where id = $1', [made[1]?.id]);
  await create(principal);
  expect((await refusal(create(principal))).code).toBe('API_KEY_LIMIT');
});

it('lists the keys of the account alone, live ones first, newest first', async () => {
  const principal = await newPrincipal();
  await create(await newPrincipal(), { name: 'of somebody else' });
  for (const name of ['a', 'b', 'c']) await create(principal, { name });
  const c = (await list(principal))[0] as ApiKey;
  await world.bus.request('auth.revokeApiKey', { principal, id: c.id });
  const items = await list(principal);
  expect(items.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
  for (const item of items) expect(Value.Errors(ApiKey, item)).toEqual([]);
});

it('revokes a key at once where it was cached, and says so again when asked again', async () => {
  const principal = await newPrincipal();
  const { key, apiKey } = await create(principal);
  const authenticator = await createAuthenticator(world.bus);
  expect((await authenticator.authenticate(key)).credentialId).toBe(apiKey.id);
  const revoked = await world.bus.request('auth.revokeApiKey', { principal, id: apiKey.id });
  expect(revoked.revokedAt).toEqual(expect.any(String));
  expect((await refusal(authenticator.authenticate(key))).code).toBe('UNAUTHENTICATED');
  authenticator.close();
  expect(await world.bus.request('auth.revokeApiKey', { principal, id: apiKey.id })).toEqual(revoked);
});

it("does not revoke somebody else's key or one that does not exist", async () => {
  const { key, apiKey } = await create(await newPrincipal());
  const principal = await newPrincipal();
  for (const id of [apiKey.id, principal.userId, 'x']) {
    expect((await refusal(world.bus.request('auth.revokeApiKey', { principal, id }))).code).toBe('API_KEY_NOT_FOUND');
  }
  expect((await verify(key)).principal.credentialId).toBe(apiKey.id);
});

it('tells when a key expires, and refuses it from then on', async () => {
  const { key, apiKey } = await create(await newPrincipal(), { expiresInDays: 2 });
  const { expiresAtMs } = await verify(key);
  expect(new Date(expiresAtMs as number).toISOString()).toBe(apiKey.expiresAt);
  expect(Math.abs((expiresAtMs as number) - Date.now() - 2 * 86_400_000)).toBeLessThan(60_000);
  await world.db.query('update auth.api_key set expires_at = now() where id = $1', [apiKey.id]);
  expect((await refusal(verify(key))).code).toBe('UNAUTHENTICATED');
});

it('refuses keys that are unknown or none', async () => {
  for (const key of [`deai_${'A'.repeat(43)}`, 'deai_', '', "deai_' or 1=1", 5 as unknown as string]) {
    expect((await refusal(verify(key))).code).toBe('UNAUTHENTICATED');
  }
});
