import { type Principal, UserPage, type UserQuery } from '@deai/protocol';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuthWorld, createAuthWorld, PASSWORD, refusal } from './testing/auth-world.ts';

let world: AuthWorld;
let admin: Principal;
beforeAll(async () => {
  world = await createAuthWorld();
  admin = await world.admin();
});
afterAll(() => world.close());

const list = (query: UserQuery) => world.bus.request('auth.listUsers', { principal: admin, query });
const emailsOf = async (query: UserQuery) => (await list(query)).items.map(({ email }) => email);
const add = (email: string, name: string, roles: ('requester' | 'operator')[] = ['requester']) =>
  world.bus.request('auth.register', { email, password: PASSWORD, name, roles });

it('finds accounts by how their address or name begins, in whatever case, and takes nothing as a wildcard', async () => {
  await add('grace@navy.example', 'Grace Hopper');
  await add('gr%ce@navy.example', 'Percent');
  await add('gr_ce@navy.example', 'back\\slash');
  await add('alan@bletchley.example', 'GRACEful');
  expect(await emailsOf({ search: 'Grace' })).toEqual(['alan@bletchley.example', 'grace@navy.example']);
  expect(await emailsOf({ search: 'grace hop' })).toEqual(['grace@navy.example']);
  expect(await emailsOf({ search: 'gr%' })).toEqual(['gr%ce@navy.example']);
  expect(await emailsOf({ search: 'GR_' })).toEqual(['gr_ce@navy.example']);
  expect(await emailsOf({ search: 'back\\' })).toEqual(['gr_ce@navy.example']);
  expect(await emailsOf({ search: 'navy' })).toEqual([]);
  expect(await emailsOf({ search: "' or true --" })).toEqual([]);
});

it('filters by role', async () => {
  await add('op@nodes.example', 'Op', ['operator']);
  expect(await emailsOf({ role: 'operator' })).toEqual(['op@nodes.example']);
  expect(await emailsOf({ role: 'admin' })).toEqual(['root@example.org']);
  expect(await emailsOf({ role: 'operator', search: 'gr' })).toEqual([]);
});

it('pages newest first without gaps, and shows what administrators need', async () => {
  for (let i = 0; i < 5; i++) await add(`page${i}@example.org`, 'Page');
  const first = await list({ search: 'page', limit: 2 });
  expect([...Value.Errors(UserPage, first)]).toEqual([]);
  const second = await list({ search: 'page', limit: 2, cursor: first.nextCursor as string });
  const third = await list({ search: 'page', limit: 2, cursor: second.nextCursor as string });
  expect([...first.items, ...second.items, ...third.items].map(({ email }) => email[4])).toEqual(['4', '3', '2', '1', '0']);
  expect(third.nextCursor).toBe(null);
  expect(JSON.stringify(first)).not.toContain('argon2');
});

it('tells the last login', async () => {
  const { user } = await add('late@example.org', 'Late');
  const [registered] = (await list({ search: 'late@' })).items;
  expect(Date.parse(registered?.lastLoginAt as string)).toBeGreaterThan(Date.parse(user.createdAt) - 1_000);
  await world.db.query('update auth.user_account set last_login_at = null where id = $1', [user.id]);
  expect((await list({ search: 'late@' })).items).toEqual([{ ...user, lastLoginAt: null }]);
  await refusal(world.bus.request('auth.login', { email: user.email, password: 'wrong' }));
  expect((await list({ search: 'late@' })).items[0]?.lastLoginAt).toBe(null);
  await world.bus.request('auth.login', { email: user.email, password: PASSWORD });
  expect((await list({ search: 'late@' })).items[0]?.lastLoginAt).toMatch(/Z$/);
});

it('refuses whoever is no administrator now, wrong cursors and wrong filters', async () => {
  const { user, accessToken } = await world.register();
  const ask = (principal: Principal, query: object = {}) => refusal(world.bus.request('auth.listUsers', { principal, query }));
  expect((await ask(await world.principalOf(accessToken))).code).toBe('FORBIDDEN');
  expect((await ask({ ...admin, userId: user.id })).code).toBe('FORBIDDEN');
  expect((await ask({ ...admin, scopes: ['account:read'] })).code).toBe('FORBIDDEN');
  expect((await ask(admin, { cursor: 'x' })).code).toBe('INVALID_CURSOR');
  expect((await ask(admin, { role: 'root' })).code).toBe('INVALID_INPUT');
  expect((await ask(admin, { search: 'a\u0000' })).code).toBe('INVALID_INPUT');
});
