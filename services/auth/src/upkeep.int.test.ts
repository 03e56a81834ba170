import { createLogger } from '@deai/service-kit';
import { createTestDatabase } from '@deai/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeyRing } from './domain/key-ring.ts';
import { createLastUses } from './domain/last-uses.ts';
import { createNetworkKeyRing } from './domain/network-keys.ts';
import { createUpkeepJobs } from './jobs/upkeep.jobs.ts';
import { createPgApiKeyStore } from './store/pg-api-key-store.ts';
import { createPgAuditStore } from './store/pg-audit-store.ts';
import { createPgSessionStore } from './store/pg-session-store.ts';
import { createPgSigningKeyStore } from './store/pg-signing-key-store.ts';
import { type AuthWorld, createAuthWorld, refusal, TEST_CONFIG } from './testing/auth-world.ts';

let world: AuthWorld;
beforeAll(async () => {
  world = await createAuthWorld();
});
afterAll(() => world.close());

async function newKey(at = world) {
  const { accessToken } = await at.register();
  const principal = await at.principalOf(accessToken);
  const { key, apiKey } = await at.bus.request('auth.createApiKey', { principal, request: { name: 'ci' } });
  const lastUsedAt = async () =>
    (await at.db.query<{ last: Date | null }>('select last_used_at as last from auth.api_key where id = $1', [apiKey.id])).rows[0]?.last;
  return { key, id: apiKey.id, lastUsedAt };
}

it('writes the last use of a key at the latest when it stops, not at each use', async () => {
  const own = await createAuthWorld({}, world.db);
  const { key, lastUsedAt } = await newKey(own);
  const beforeMs = Date.now();
  for (let i = 0; i < 5; i++) await own.bus.request('auth.verifyApiKey', { key });
  expect(await lastUsedAt()).toBe(null);
  await own.service.stop();
  expect((await lastUsedAt())?.getTime()).toBeGreaterThanOrEqual(beforeMs);
});

it('never moves a last use back', async () => {
  const { id, lastUsedAt } = await newKey();
  const store = createPgApiKeyStore(world.db);
  await store.recordUses(new Map([[id, new Date(2_000)]]));
  await store.recordUses(new Map([[id, new Date(1_000)]]));
  expect(await lastUsedAt()).toEqual(new Date(2_000));
});

it('deletes what has expired and nothing else', async () => {
  const [kept, expired] = [await world.register(), await world.register()];
  const [liveKey, deadKey] = [await newKey(), await newKey()];
  await world.db.query(
    'update auth.refresh_token set expires_at = now() where session_id in (select id from auth.session where user_id = $1)',
    [expired.user.id],
  );
  await world.db.query('update auth.session set expires_at = now() where user_id = $1', [expired.user.id]);
  await world.db.query("update auth.api_key set revoked_at = now() - interval '91 days' where id = $1", [deadKey.id]);
  const apiKeys = createPgApiKeyStore(world.db);
  const keyRing = createKeyRing({
    store: createPgSigningKeyStore(world.db, 'signing_key'),
    secret: TEST_CONFIG.keySecret,
    accessTokenS: 900,
    rotation: { lifeMs: 1, leadMs: 1, keepMs: 1 },
    now: Date.now,
  });
  const networkKeys = createNetworkKeyRing({
    store: createPgSigningKeyStore(world.db, 'network_key'),
    secret: TEST_CONFIG.keySecret,
    lifeMs: 1,
    leadMs: 1,
    now: Date.now,
  });
  const [, , cleanUp] = createUpkeepJobs({
    keyRing,
    networkKeys,
    apiKeys,
    audit: createPgAuditStore(world.db),
    auditDays: 400,
    sessions: createPgSessionStore(world.db),
    lastUses: createLastUses(apiKeys, Date.now),
    logger: createLogger({ level: 'silent', pretty: false }),
    now: Date.now,
  });
  await cleanUp?.runNow();
  const count = async (userId: string) =>
    (
      await world.db.query('select count(*) as n from auth.session s join auth.refresh_token t on t.session_id = s.id where user_id = $1', [
        userId,
      ])
    ).rows[0]?.n;
  expect([await count(kept.user.id), await count(expired.user.id)]).toEqual([1, 0]);
  expect((await world.db.query('select id from auth.api_key where id = any($1)', [[liveKey.id, deadKey.id]])).rows).toEqual([
    { id: liveKey.id },
  ]);
  expect((await world.bus.request('auth.refresh', { refreshToken: kept.refreshToken })).user.id).toBe(kept.user.id);
});

it('answers for its health under its name, and is down without its database', async () => {
  const own = await createAuthWorld({}, await createTestDatabase());
  const ask = () => own.bus.request('service.health', { service: 'auth' }, { to: 'auth' });
  expect(await ask()).toEqual({ service: 'auth', status: 'ok', latencyMs: 0 });
  await own.db.close();
  expect(await ask()).toMatchObject({ service: 'auth', status: 'down', detail: expect.any(String) });
  await own.service.stop();
  expect((await refusal(ask())).code).toBe('UNAVAILABLE');
  expect((await own.service.health()).status).toBe('down');
});

it('finishes what it has when it stops, and serves nothing afterwards', async () => {
  const own = await createAuthWorld({}, world.db);
  const { key, id, lastUsedAt } = await newKey(own);
  const verifying = own.bus.request('auth.verifyApiKey', { key });
  await own.service.stop();
  expect(await lastUsedAt()).toBeInstanceOf(Date);
  expect((await verifying).principal.credentialId).toBe(id);
  expect((await refusal(own.bus.request('auth.verifyApiKey', { key }))).code).toBe('UNAVAILABLE');
  await own.service.stop();
});

it('counts logins, refreshes and key checks by outcome', async () => {
  const own = await createAuthWorld({}, world.db);
  const { user, refreshToken } = await own.register();
  const { key } = await newKey(own);
  await own.bus.request('auth.verifyApiKey', { key });
  await refusal(own.bus.request('auth.verifyApiKey', { key: 'deai_' }));
  await own.bus.request('auth.refresh', { refreshToken });
  await refusal(own.bus.request('auth.refresh', { refreshToken }));
  await refusal(own.bus.request('auth.login', { email: user.email, password: 'x' }));
  const text = await own.metrics.registry.metrics();
  for (const line of [
    'deai_auth_key_checks_total{outcome="ok"} 1',
    'deai_auth_key_checks_total{outcome="unauthenticated"} 1',
    'deai_auth_refreshes_total{outcome="ok"} 1',
    'deai_auth_refreshes_total{outcome="refresh_token_reused"} 1',
    'deai_auth_logins_total{outcome="invalid_credentials"} 1',
  ]) {
    expect(text).toContain(line);
  }
  await own.close();
});
