import type { KeyObject } from 'node:crypto';
import { parsePublicKey, verifyText } from '@deai/protocol';
import { createTestDatabase } from '@deai/testkit';
import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from './domain/key-ring.ts';
import { createNetworkKeyRing } from './domain/network-keys.ts';
import { createPgSigningKeyStore } from './store/pg-signing-key-store.ts';
import { createAuthWorld, refusal, TEST_CONFIG } from './testing/auth-world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const CLAIMS = { userId: 'u', sessionId: 's', roles: ['requester'] } as const;

it('agrees on one key among instances that start together, and they accept each other', async () => {
  const db = await createTestDatabase({ maxConnections: 20 });
  const [one, two, three] = await Promise.all([createAuthWorld({}, db), createAuthWorld({}, db), createAuthWorld({}, db)]);
  const published = await Promise.all([one, two, three].map((world) => world.bus.request('auth.jwks', {})));
  expect(published[0]?.keys).toHaveLength(1);
  expect(published[1]).toEqual(published[0]);
  expect(published[2]).toEqual(published[0]);
  const { accessToken, user } = await one.register();
  expect((await two.principalOf(accessToken)).userId).toBe(user.id);
  await Promise.all([one, two, three].map((world) => world.close()));
});

it('publishes public halves alone and stores private ones sealed', async () => {
  const world = await createAuthWorld();
  const { keys } = await world.bus.request('auth.jwks', {});
  const public_ = { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: expect.any(String), alg: 'EdDSA', use: 'sig' };
  expect(keys).toEqual([public_]);
  const { rows } = await world.db.query<{ sealed: Buffer }>('select sealed_private_key as sealed from auth.signing_key');
  // The fixed beginning of every ed25519 key in PKCS #8.
  expect(rows[0]?.sealed.includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(false);
  await world.close();
});

it('does not start with another key secret, and tells what to do', async () => {
  const world = await createAuthWorld();
  await world.close();
  const refused = await refusal(createAuthWorld({ keySecret: 'another secret of more than thirty-two characters' }, world.db));
  expect(refused).toMatchObject({ code: 'CONFIG_INVALID', details: { hint: expect.stringContaining('DEAI_AUTH_KEY_SECRET') } });
  const again = await createAuthWorld({}, world.db);
  await again.register();
  await again.close();
});

it('rotates with overlap: published before it signs, kept until the last token of the old key is over', async () => {
  const db = await createTestDatabase();
  let nowMs = Date.now();
  const ring = createKeyRing({
    store: createPgSigningKeyStore(db, 'signing_key'),
    secret: TEST_CONFIG.keySecret,
    accessTokenS: 900,
    rotation: { lifeMs: 30 * DAY_MS, leadMs: 10 * MINUTE_MS, keepMs: 25 * MINUTE_MS },
    now: () => nowMs,
  });
  const published = () => ring.jwks().map(({ kid }) => kid);
  const signer = async () => decodeProtectedHeader(await ring.sign(CLAIMS)).kid;
  await ring.refresh();
  const first = await signer();

  nowMs += 30 * DAY_MS - 10 * MINUTE_MS;
  await ring.refresh();
  await ring.refresh();
  expect(published()).toEqual([first, expect.any(String)]);
  expect(await signer()).toBe(first);

  nowMs += 10 * MINUTE_MS;
  const second = await signer();
  expect(second).toBe(published()[1]);
  await ring.refresh();
  expect(published()).toEqual([first, second]);

  nowMs += 25 * MINUTE_MS;
  await ring.refresh();
  expect(published()).toEqual([second]);
});

describe('network keys', () => {
  const HASH = 'ab'.repeat(32);

  it('sign receipts by the published key, the same after a restart and in every instance', async () => {
    const db = await createTestDatabase({ maxConnections: 20 });
    const [one, two] = await Promise.all([createAuthWorld({}, db), createAuthWorld({}, db)]);
    const { keys } = await one.bus.request('auth.networkKeys', {});
    expect(await two.bus.request('auth.networkKeys', {})).toEqual({ keys });
    expect(keys).toEqual([{ publicKey: expect.stringMatching(/^ed25519:/), signsFrom: expect.any(String) }]);
    const signed = await one.bus.request('auth.signReceipt', { networkId: 'n', receiptHash: HASH });
    expect(signed.publicKey).toBe(keys[0]?.publicKey);
    const publicKey = parsePublicKey(signed.publicKey) as KeyObject;
    expect(verifyText(publicKey, `deai-receipt:v1\nn\n${HASH}`, signed.signature)).toBe(true);
    await Promise.all([one, two].map((world) => world.close()));
    const again = await createAuthWorld({}, db);
    expect(await again.bus.request('auth.signReceipt', { networkId: 'n', receiptHash: HASH })).toEqual(signed);
    await again.close();
  });

  it('sign nothing but a receipt', async () => {
    const world = await createAuthWorld();
    for (const [networkId, receiptHash] of [
      ['n', 'text'],
      ['n', HASH.toUpperCase()],
      ['n\nx', HASH],
    ] as const) {
      expect(await refusal(world.bus.request('auth.signReceipt', { networkId, receiptHash }))).toMatchObject({ code: 'INVALID_INPUT' });
    }
    await world.close();
  });

  it('rotate with overlap, and none is ever forgotten', async () => {
    const db = await createTestDatabase();
    let nowMs = Date.now();
    const make = () =>
      createNetworkKeyRing({
        store: createPgSigningKeyStore(db, 'network_key'),
        secret: TEST_CONFIG.keySecret,
        lifeMs: 30 * DAY_MS,
        leadMs: 10 * MINUTE_MS,
        now: () => nowMs,
      });
    const ring = make();
    await ring.refresh();
    const first = ring.signReceipt('n', HASH).publicKey;
    nowMs += 30 * DAY_MS - 10 * MINUTE_MS;
    await ring.refresh();
    expect(ring.list().map((key) => key.publicKey)).toEqual([first, expect.any(String)]);
    expect(ring.signReceipt('n', HASH).publicKey).toBe(first);
    nowMs += 10 * MINUTE_MS;
    const second = ring.signReceipt('n', HASH).publicKey;
    expect(second).not.toBe(first);
    nowMs += 20 * DAY_MS;
    const restarted = make();
    await restarted.refresh();
    expect(restarted.list().map((key) => key.publicKey)).toEqual([first, second]);
    expect(restarted.signReceipt('n', HASH).publicKey).toBe(second);
  });
});
