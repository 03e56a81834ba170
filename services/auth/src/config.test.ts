import { expect, it } from 'vitest';
import { loadAuthConfig } from './config.ts';

const SECRET = 'x'.repeat(32);

it("has OWASP's argon2id cost and the documented lifetimes by default", () => {
  expect(loadAuthConfig({ DEAI_AUTH_KEY_SECRET: SECRET })).toEqual({
    keySecret: SECRET,
    accessTokenS: 900,
    refreshTokenDays: 30,
    signingKeyDays: 30,
    networkKeyDays: 365,
    maxApiKeys: 50,
    loginAttempts: 10,
    loginWindowMs: 900_000,
    auditDays: 400,
    argon2: { memoryKiB: 19_456, iterations: 2, parallelism: 1 },
  });
});

it('takes values from the environment', () => {
  const config = loadAuthConfig({ DEAI_AUTH_KEY_SECRET: SECRET, DEAI_AUTH_ADMIN_EMAIL: 'root@example.org', DEAI_AUTH_MAX_API_KEYS: '3' });
  expect(config).toMatchObject({ adminEmail: 'root@example.org', maxApiKeys: 3 });
});

it.each([
  ['a missing secret', {}],
  ['a short secret', { DEAI_AUTH_KEY_SECRET: 'short' }],
  ['no e-mail address', { DEAI_AUTH_KEY_SECRET: SECRET, DEAI_AUTH_ADMIN_EMAIL: 'root' }],
  ['a weak password hash', { DEAI_AUTH_KEY_SECRET: SECRET, DEAI_AUTH_ARGON2_MEMORY_KIB: '1024' }],
])('refuses %s', (_, env) => {
  expect(() => loadAuthConfig(env)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
