import { Profile, type RegisterRequest, TokenResponse } from '@deai/protocol';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuthWorld, createAuthWorld, newEmail, PASSWORD, refusal } from './testing/auth-world.ts';

let world: AuthWorld;
beforeAll(async () => {
  world = await createAuthWorld();
});
afterAll(() => world.close());

it('registers an account, signs it in and announces it', async () => {
  const announced: string[] = [];
  const stop = await world.bus.subscribe('auth.userRegistered', ({ userId }) => announced.push(userId));
  const email = `Ada-${newEmail()}`;
  const answer = await world.bus.request('auth.register', { email, password: PASSWORD, name: 'Ada', clientIp: '192.0.2.1' });
  stop();
  expect(Value.Errors(TokenResponse, answer)).toEqual([]);
  expect(answer).toMatchObject({
    tokenType: 'Bearer',
    expiresIn: 900,
    user: { email: email.toLowerCase(), name: 'Ada', roles: ['requester'] },
  });
  expect(announced).toEqual([answer.user.id]);
  expect(await world.principalOf(answer.accessToken)).toMatchObject({ userId: answer.user.id, roles: ['requester'], via: 'session' });
  const { rows } = await world.db.query<{ password_hash: string }>('select password_hash from auth.user_account where id = $1', [
    answer.user.id,
  ]);
  expect(rows[0]?.password_hash).toMatch(/^\$argon2id\$/);
});

it('refuses an address that is taken, in whatever case', async () => {
  const email = newEmail();
  await world.bus.request('auth.register', { email, password: PASSWORD });
  expect((await refusal(world.bus.request('auth.register', { email: email.toUpperCase(), password: PASSWORD }))).code).toBe('EMAIL_TAKEN');
});

it('gives one of many simultaneous registrations the address, and stores nothing of the others', async () => {
  const email = newEmail();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => world.bus.request('auth.register', { email, password: PASSWORD })),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'EMAIL_TAKEN' });
  const { rows } = await world.db.query(
    'select count(*) as sessions from auth.session s join auth.user_account u on u.id = s.user_id where u.email = $1',
    [email],
  );
  expect(rows).toEqual([{ sessions: 1 }]);
});

it.each<[string, Partial<Record<keyof RegisterRequest, unknown>>]>([
  ['an address that is none', { email: 'ada' }],
  ['a password of 11 characters', { password: 'elevenchars' }],
  ['a password of 201 characters', { password: 'x'.repeat(201) }],
  ['the role admin', { roles: ['admin'] }],
  ['a name with a NUL', { name: 'a\u0000b' }],
  ['an empty name', { name: '' }],
])('refuses to register %s', async (_, wrong) => {
  const request = { email: newEmail(), password: PASSWORD, ...wrong } as RegisterRequest;
  expect(await refusal(world.bus.request('auth.register', request))).toMatchObject({ code: 'INVALID_INPUT', details: { problems: [{}] } });
});

it('shows and renames the account that asks', async () => {
  const { accessToken, user } = await world.register(['operator', 'requester']);
  const principal = await world.principalOf(accessToken);
  expect(await world.bus.request('auth.getProfile', { principal })).toEqual(user);
  const renamed = await world.bus.request('auth.updateProfile', { principal, update: { name: "O'Brien; --" } });
  expect(renamed).toEqual({ ...user, name: "O'Brien; --" });
  expect(Value.Check(Profile, renamed)).toBe(true);
  expect(await world.bus.request('auth.getProfile', { principal })).toEqual(renamed);
});

it('refuses to show or rename without the scope, and names that are none', async () => {
  const principal = await world.principalOf((await world.register()).accessToken);
  const powerless = { ...principal, scopes: [] };
  expect((await refusal(world.bus.request('auth.getProfile', { principal: powerless }))).code).toBe('FORBIDDEN');
  expect((await refusal(world.bus.request('auth.updateProfile', { principal: powerless, update: { name: 'x' } }))).code).toBe('FORBIDDEN');
  for (const update of [{}, { name: '' }, { name: '\u0007' }, { name: 'x', email: 'y@example.org' }] as { name: string }[]) {
    expect((await refusal(world.bus.request('auth.updateProfile', { principal, update }))).code).toBe('INVALID_INPUT');
  }
});

it('lets administrators alone set roles, and refreshed tokens carry them', async () => {
  const admin = await world.admin();
  const { user, accessToken, refreshToken } = await world.register();
  const changed = await world.bus.request('auth.setRoles', { principal: admin, userId: user.id, roles: ['operator', 'requester'] });
  expect(changed).toEqual({ ...user, roles: ['requester', 'operator'] });
  const refreshed = await world.bus.request('auth.refresh', { refreshToken });
  expect((await world.principalOf(refreshed.accessToken)).scopes).toContain('nodes:write');
  const principal = await world.principalOf(accessToken);
  const own = world.bus.request('auth.setRoles', { principal, userId: user.id, roles: ['admin'] });
  expect((await refusal(own)).code).toBe('FORBIDDEN');
});

it('refuses roles that do not exist, none, and unknown users', async () => {
  const principal = await world.admin();
  const { user } = await world.register();
  const set = (userId: string, roles: unknown) => refusal(world.bus.request('auth.setRoles', { principal, userId, roles: roles as [] }));
  expect((await set(user.id, [])).code).toBe('INVALID_INPUT');
  expect((await set(user.id, ['root'])).code).toBe('INVALID_INPUT');
  expect((await set('01890000-0000-7000-8000-000000000000', ['operator'])).code).toBe('USER_NOT_FOUND');
  expect((await set('nobody', ['operator'])).code).toBe('USER_NOT_FOUND');
});

it('always leaves an administrator: none demotes itself, two cannot demote each other, and a former one has no say', async () => {
  const first = await world.admin();
  const other = await world.register();
  await world.bus.request('auth.setRoles', { principal: first, userId: other.user.id, roles: ['admin'] });
  const second = await world.principalOf((await world.bus.request('auth.refresh', { refreshToken: other.refreshToken })).accessToken);
  const demote = (principal: typeof first, userId: string) =>
    world.bus.request('auth.setRoles', { principal, userId, roles: ['requester'] });
  expect((await refusal(demote(first, first.userId))).code).toBe('FORBIDDEN');
  const outcomes = await Promise.allSettled([demote(first, second.userId), demote(second, first.userId)]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const { rows } = await world.db.query("select id from auth.user_account where 'admin' = any(roles)");
  expect(rows).toHaveLength(1);
  const former = rows[0]?.id === first.userId ? second : first;
  expect((await refusal(demote(former, rows[0]?.id as string))).code).toBe('FORBIDDEN');
});

it('makes an account that existed before an administrator at start, when it is configured', async () => {
  const { user } = await world.register();
  const second = await createAuthWorld({ adminEmail: user.email.toUpperCase() }, world.db);
  const answer = await second.bus.request('auth.login', { email: user.email, password: PASSWORD });
  expect(answer.user.roles).toEqual(['requester', 'admin']);
  await second.close();
});
