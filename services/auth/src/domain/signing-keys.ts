import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { DeaiError, newId } from '@deai/protocol';
import type { StoredSigningKey } from './ports.ts';
import { seal, unseal } from './sealing.ts';

const generate = promisify(generateKeyPair);

/** A new ed25519 key, its private half sealed. */
export async function makeSigningKey(secret: string, signsFromMs: number): Promise<StoredSigningKey> {
  const { publicKey, privateKey } = await generate('ed25519');
  const id = newId();
  return {
    id,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'EdDSA', use: 'sig' },
    sealedPrivateKey: await seal(privateKey.export({ format: 'der', type: 'pkcs8' }), secret, id),
    signsFrom: new Date(signsFromMs),
  };
}

/** The private half of a stored key. @throws DeaiError `CONFIG_INVALID` with another secret than it was sealed with. */
export async function openSigningKey({ id, sealedPrivateKey }: StoredSigningKey, secret: string): Promise<KeyObject> {
  try {
    return createPrivateKey({ key: await unseal(sealedPrivateKey, secret, id), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    const hint = 'Give every instance the DEAI_AUTH_KEY_SECRET that this database was set up with.';
    throw new DeaiError('CONFIG_INVALID', { reason: 'the stored signing keys do not open with the key secret', hint }, { cause });
  }
}
