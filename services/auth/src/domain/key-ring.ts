import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { DeaiError, newId, type Role } from '@deai/protocol';
import { TOKEN_ISSUER } from '@deai/service-kit';
import { SignJWT } from 'jose';
import { planRotation, type RotationPlan, signerAt } from './key-rotation.ts';
import type { SigningKeyStore, StoredSigningKey } from './ports.ts';
import { seal, unseal } from './sealing.ts';

const generate = promisify(generateKeyPair);

/** Who an access token is for. */
export interface TokenClaims {
  userId: string;
  sessionId: string;
  roles: readonly Role[];
}

/** The signing keys of this network, as this instance knows them. */
export interface KeyRing {
  /** Makes and retires keys where it is time and takes up what other instances did. @throws DeaiError `CONFIG_INVALID` with the wrong secret. */
  refresh(): Promise<void>;
  /** A signed access token. */
  sign(claims: TokenClaims): Promise<string>;
  /** The public keys, also of tokens signed before the last rotation and of the key that signs next. */
  jwks(): Record<string, unknown>[];
}

export interface KeyRingOptions {
  store: SigningKeyStore;
  /** Seals private keys. */
  secret: string;
  accessTokenS: number;
  rotation: RotationPlan;
  now(): number;
}

interface LoadedKey {
  stored: StoredSigningKey;
  privateKey: KeyObject;
}

/** Keys live in the store; private halves are sealed there and open only in memory. Call `refresh` before the rest. */
export function createKeyRing({ store, secret, accessTokenS, rotation, now }: KeyRingOptions): KeyRing {
  let keys: LoadedKey[] = [];

  async function load(stored: StoredSigningKey): Promise<LoadedKey> {
    const known = keys.find((key) => key.stored.id === stored.id);
    return known ?? { stored, privateKey: await open(stored, secret) };
  }

  return {
    async refresh() {
      const stored = await store.update(async (present) => {
        const { signsFromMs, drop } = planRotation(present, now(), rotation);
        return signsFromMs === undefined ? { drop } : { drop, add: await make(secret, signsFromMs) };
      });
      keys = await Promise.all(stored.map(load));
    },
    async sign({ userId, sessionId, roles }) {
      const nowMs = now();
      const id = signerAt(
        keys.map((key) => key.stored),
        nowMs,
      )?.id;
      const key = keys.find((each) => each.stored.id === id);
      if (!key) throw new DeaiError('UNAVAILABLE', { reason: 'no signing key is loaded' });
      const issuedAtS = Math.floor(nowMs / 1000);
      return await new SignJWT({ sid: sessionId, roles: [...roles] })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: key.stored.id })
        .setIssuer(TOKEN_ISSUER)
        .setSubject(userId)
        .setIssuedAt(issuedAtS)
        .setExpirationTime(issuedAtS + accessTokenS)
        .sign(key.privateKey);
    },
    jwks: () => keys.map(({ stored }) => stored.publicJwk),
  };
}

async function make(secret: string, signsFromMs: number): Promise<StoredSigningKey> {
  const { publicKey, privateKey } = await generate('ed25519');
  const id = newId();
  return {
    id,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'EdDSA', use: 'sig' },
    sealedPrivateKey: await seal(privateKey.export({ format: 'der', type: 'pkcs8' }), secret, id),
    signsFrom: new Date(signsFromMs),
  };
}

async function open({ id, sealedPrivateKey }: StoredSigningKey, secret: string): Promise<KeyObject> {
  try {
    return createPrivateKey({ key: await unseal(sealedPrivateKey, secret, id), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    const hint = 'Give every instance the DEAI_AUTH_KEY_SECRET that this database was set up with.';
    throw new DeaiError('CONFIG_INVALID', { reason: 'the stored signing keys do not open with the key secret', hint }, { cause });
  }
}
