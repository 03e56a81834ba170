import type { KeyObject } from 'node:crypto';
import { DeaiError, type Role } from '@deai/protocol';
import { TOKEN_ISSUER } from '@deai/service-kit';
import { SignJWT } from 'jose';
import { planRotation, type RotationPlan, signerAt } from './key-rotation.ts';
import type { SigningKeyStore, StoredSigningKey } from './ports.ts';
import { makeSigningKey, openSigningKey } from './signing-keys.ts';

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
    return known ?? { stored, privateKey: await openSigningKey(stored, secret) };
  }

  return {
    async refresh() {
      const stored = await store.update(async (present) => {
        const { signsFromMs, drop } = planRotation(present, now(), rotation);
        return signsFromMs === undefined ? { drop } : { drop, add: await makeSigningKey(secret, signsFromMs) };
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
