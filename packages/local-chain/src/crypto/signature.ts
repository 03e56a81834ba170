import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';

/** DER of a public key up to the key itself (RFC 8410). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const CACHED_KEYS = 1_000;
const keys = new Map<string, KeyObject>();

function keyObject(key: Uint8Array): KeyObject {
  const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
  let object = keys.get(name);
  if (object === undefined) {
    object = createPublicKey({ key: Buffer.concat([ED25519_SPKI, key]), format: 'der', type: 'spki' });
    if (keys.size >= CACHED_KEYS) keys.clear();
    keys.set(name, object);
  }
  return object;
}

/** Whether an ed25519 signature (64 bytes) over `message` verifies with the key (32 bytes). */
export function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, message, keyObject(key), signature);
  } catch {
    return false;
  }
}

/** Whether a secp256k1 signature (r, s, recovery id: 65 bytes) over a hash verifies with the key (64 bytes, without prefix). */
function verifySecp256k1(key: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean {
  try {
    const uncompressed = Buffer.concat([Uint8Array.of(4), key]);
    return secp256k1.verify(signature.subarray(0, 64), hash, uncompressed, { prehash: false });
  } catch {
    return false;
  }
}

/** Whether NEAR's signature (type byte first) over a 32-byte hash verifies with its public key (type byte first). */
export function verifySignature(publicKey: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey[0] !== signature[0]) return false;
  const key = publicKey.subarray(1);
  if (publicKey[0] === 0) return key.length === 32 && signature.length === 65 && verifyEd25519(key, hash, signature.subarray(1));
  return key.length === 64 && signature.length === 66 && verifySecp256k1(key, hash, signature.subarray(1));
}
