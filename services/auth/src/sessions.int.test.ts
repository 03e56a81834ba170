import type { Principal } from '@deai/protocol';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuthWorld, createAuthWorld, newEmail, PASSWORD, refusal, TEST_CONFIG } from './testing/auth-world.ts';

let world: AuthWorld;
beforeAll(async () => {
  world = await createAuthWorld();
});
afterAll(() => world.close());

const login = (email: string, password: string, clientIp?: string, at = world) =>
  at.bus.request('auth.login', { email, password, ...(clientIp ? { clientIp } : {}) });
const refresh = (refreshToken: string) => world.bus.request('auth.refresh', { refreshToken });
const sessionIdOf = (accessToken: string) => String(decodeJwt(accessToken).sid);
const closedReason = async (sessionId: string) =>
  (await world.db.query<{ closed_reason: string | null }>('select closed_reason from auth.session where id = $1', [sessionId])).rows[0]
    ?.closed_reason;

it('signs access tokens as documented', async () => {
  const { accessToken, user } = await world.register(['operator']);
  expect(decodeProtectedHeader(accessToken)).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: expect.any(String) });
  const { iat = 0, ...claims } = decodeJwt(accessToken);
  expect(claims).toEqual({ iss: 'deai', sub: user.id, sid: expect.any(String), roles: ['operator'], exp: iat + 900 });
});

it('logs in with the right password, whatever the case of the address', async () => {
  const { user } = await world.register();
  const answer = await login(user.email.toUpperCase(), PASSWORD);
  expect(answer.user).toEqual(user);
  expect((await world.principalOf(answer.accessToken)).userId).toBe(user.id);
});

it('says the same of a wrong password and of an unknown address', async () => {
  const { user } = await world.register();
  const wrong = await refusal(login(user.email, 'incorrect horse battery'));
  expect(wrong).toEqual(await refusal(login(newEmail(), PASSWORD)));
  expect(wrong.code).toBe('INVALID_CREDENTIALS');
  expect((await refusal(login('no address', PASSWORD))).code).toBe('INVALID_INPUT');
  expect((await refusal(login(user.email, ''))).code).toBe('INVALID_INPUT');
});

it('hashes a password even for an unknown address', async () => {
  const slow = await createAuthWorld({ argon2: { memoryKiB: 65_536, iterations: 3, parallelism: 1 } }, world.db);
  const { email } = (await slow.register()).user;
  const timeOf = async (address: string) => {
    const startedMs = performance.now();
    await refusal(login(address, 'incorrect horse battery', undefined, slow));
    return performance.now() - startedMs;
  };
  let [known, unknown] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // The shortest of several: other work on the machine only makes it longer.
  for (let i = 0; i < 5; i++) {
    known = Math.min(known, await timeOf(email));
    unknown = Math.min(unknown, await timeOf(newEmail()));
  }
  await slow.close();
  // Without the hash an unknown address takes about a hundredth of the time.
  expect(unknown).toBeGreaterThan(known / 5);
});

it('hashes a password anew at login when the cost has changed', async () => {
  const { user } = await world.register();
  const costlier = await createAuthWorld({ argon2: { ...TEST_CONFIG.argon2, iterations: 2 } }, world.db);
  const hashOf = async () => (await world.db.query('select password_hash from auth.user_account where id = $1', [user.id])).rows[0];
  expect(await hashOf()).toEqual({ password_hash: expect.stringContaining('t=1') });
  await login(user.email, PASSWORD, undefined, costlier);
  expect(await hashOf()).toEqual({ password_hash: expect.stringContaining('t=2') });
  await costlier.close();
  expect((await login(user.email, PASSWORD)).user.id).toBe(user.id);
});

it('stops guesses at one account from one address, also those made at once, and only those', async () => {
  const { user } = await world.register();
  const guesses = await Promise.all(Array.from({ length: 15 }, () => refusal(login(user.email, 'incorrect horse battery', '192.0.2.1'))));
  expect(guesses.filter(({ code }) => code === 'INVALID_CREDENTIALS')).toHaveLength(10);
  const limited = await refusal(login(user.email, PASSWORD, '192.0.2.1'));
  expect(limited.code).toBe('RATE_LIMITED');
  expect(limited.details?.retryAfterS).toBeGreaterThan(890);
  expect(limited.details?.retryAfterS).toBeLessThanOrEqual(900);
  expect((await login(user.email, PASSWORD, '192.0.2.2')).user.id).toBe(user.id);
});

it('forgets failed attempts after a login', async () => {
  const { user } = await world.register();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 9; i++) expect((await refusal(login(user.email, 'incorrect horse battery'))).code).toBe('INVALID_CREDENTIALS');
    await login(user.email, PASSWORD);
  }
});

it('rotates the refresh token and keeps the session', async () => {
  const first = await world.register();
  const second = await refresh(first.refreshToken);
  const third = await refresh(second.refreshToken);
  expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
  expect(new Set([first, second, third].map(({ accessToken }) => sessionIdOf(accessToken))).size).toBe(1);
  expect(third.user).toEqual(first.user);
});

it('stores no refresh token, only hashes', async () => {
  const { refreshToken } = await world.register();
  const { rows } = await world.db.query<{ text: string }>("select encode(hash, 'escape') || t::text as text from auth.refresh_token t");
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.some(({ text }) => text.includes(refreshToken))).toBe(false);
});

it('closes the whole session when a used token comes again', async () => {
  const first = await world.register();
  const elsewhere = await login(first.user.email, PASSWORD);
  const second = await refresh(first.refreshToken);
  expect((await refusal(refresh(first.refreshToken))).code).toBe('REFRESH_TOKEN_REUSED');
  expect((await refusal(refresh(second.refreshToken))).code).toBe('REFRESH_TOKEN_INVALID');
  expect((await refusal(refresh(first.refreshToken))).code).toBe('REFRESH_TOKEN_REUSED');
  expect(await closedReason(sessionIdOf(first.accessToken))).toBe('reuse');
  expect((await refresh(elsewhere.refreshToken)).user.id).toBe(first.user.id);
});

it('lets exactly one of 50 simultaneous refreshes with one token win', async () => {
  const { refreshToken, accessToken } = await world.register();
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => refresh(refreshToken)));
  const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  expect(lost).toEqual(new Array(49).fill('REFRESH_TOKEN_REUSED'));
  const { rows } = await world.db.query('select count(*) as tokens from auth.refresh_token where session_id = $1', [
    sessionIdOf(accessToken),
  ]);
  expect(rows).toEqual([{ tokens: 2 }]);
  expect(await closedReason(sessionIdOf(accessToken))).toBe('reuse');
});

it('refuses refresh tokens that are unknown, malformed or expired', async () => {
  const { refreshToken, accessToken } = await world.register();
  const expire = "update auth.refresh_token set expires_at = now() - interval '1 ms' where session_id = $1";
  await world.db.query(expire, [sessionIdOf(accessToken)]);
  expect((await refusal(refresh(refreshToken))).code).toBe('REFRESH_TOKEN_INVALID');
  expect(await closedReason(sessionIdOf(accessToken))).toBe(null);
  expect((await refusal(refresh('A'.repeat(43)))).code).toBe('REFRESH_TOKEN_INVALID');
  expect((await refusal(refresh("' or 1=1"))).code).toBe('REFRESH_TOKEN_INVALID');
  expect((await refusal(refresh(''))).code).toBe('INVALID_INPUT');
});

it('gives refresh tokens thirty days from each refresh', async () => {
  const { accessToken, refreshToken } = await world.register();
  await refresh(refreshToken);
  const { rows } = await world.db.query(
    `select bool_and(abs(extract(epoch from t.expires_at - t.issued_at - interval '30 days')) < 5) as "thirtyDays",
            max(t.expires_at) = max(s.expires_at) as "sessionToo"
     from auth.refresh_token t join auth.session s on s.id = t.session_id where s.id = $1`,
    [sessionIdOf(accessToken)],
  );
  expect(rows).toEqual([{ thirtyDays: true, sessionToo: true }]);
});

it('logs out once, and then refreshes no more', async () => {
  const { accessToken, refreshToken } = await world.register();
  const principal = await world.principalOf(accessToken);
  expect(await world.bus.request('auth.logout', { principal })).toEqual({ closed: true });
  expect(await world.bus.request('auth.logout', { principal })).toEqual({ closed: false });
  for (let i = 0; i < 2; i++) expect((await refusal(refresh(refreshToken))).code).toBe('REFRESH_TOKEN_INVALID');
  expect(await closedReason(sessionIdOf(accessToken))).toBe('logout');
  const key: Principal = { ...principal, via: 'api-key' };
  expect((await refusal(world.bus.request('auth.logout', { principal: key }))).code).toBe('FORBIDDEN');
});

it('leaves no usable token when a refresh and a logout meet', async () => {
  for (let round = 0; round < 10; round++) {
    const { accessToken, refreshToken } = await world.register();
    const principal = await world.principalOf(accessToken);
    const [refreshed] = await Promise.allSettled([refresh(refreshToken), world.bus.request('auth.logout', { principal })]);
    if (refreshed.status === 'fulfilled') {
      expect((await refusal(refresh(refreshed.value.refreshToken))).code).toBe('REFRESH_TOKEN_INVALID');
    } else {
      expect(refreshed.reason).toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
    }
  }
});

it('issues access tokens that expire, and tells so', async () => {
  const brief = await createAuthWorld({ accessTokenS: 0 }, world.db);
  const { accessToken } = await brief.register();
  expect((await refusal(brief.principalOf(accessToken))).code).toBe('TOKEN_EXPIRED');
  expect((await refusal(world.principalOf(accessToken))).code).toBe('TOKEN_EXPIRED');
  await brief.close();
});

it('has its tokens refused when they were changed', async () => {
  const { accessToken } = await world.register();
  const [head, , signature] = accessToken.split('.') as [string, string, string];
  const claims = Buffer.from(JSON.stringify({ ...decodeJwt(accessToken), roles: ['admin'] })).toString('base64url');
  const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const forged of [`${head}.${claims}.${signature}`, `${unsigned}.${claims}.`, `${accessToken.slice(0, -4)}AAAA`, 'x']) {
    expect((await refusal(world.principalOf(forged))).code).toBe('UNAUTHENTICATED');
  }
});
