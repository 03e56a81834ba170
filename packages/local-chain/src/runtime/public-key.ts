import { base58, fromBase58 } from '../crypto/base58.ts';
import type { PublicKey } from './action.types.ts';

const PREFIXES = ['ed25519:', 'secp256k1:'] as const;
const KEY_BYTES = [32, 64] as const;
const MAX_CACHED = 10_000;
const texts = new Map<PublicKey, string>();

/** Key bytes (type byte first) as a map key. */
export function publicKeyOf(bytes: Uint8Array): PublicKey {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') as PublicKey;
}

/** Type byte and key. */
export function publicKeyBytes(key: PublicKey): Uint8Array {
  return Buffer.from(key, 'latin1');
}

/** `ed25519:<base58>` or `secp256k1:<base58>`. */
export function publicKeyText(key: PublicKey): string {
  let text = texts.get(key);
  if (text === undefined) {
    const bytes = publicKeyBytes(key);
    text = `${PREFIXES[bytes[0] as 0 | 1]}${base58(bytes.subarray(1))}`;
    if (texts.size >= MAX_CACHED) texts.clear();
    texts.set(key, text);
  }
  return text;
}

/** Inverse of `publicKeyText`; undefined if the text is no key. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const type = PREFIXES.findIndex((prefix) => text.startsWith(prefix));
  const prefix = PREFIXES[type];
  if (prefix === undefined) return undefined;
  try {
    const bytes = fromBase58(text.slice(prefix.length));
    return bytes.length === KEY_BYTES[type] ? publicKeyOf(Buffer.concat([Uint8Array.of(type), bytes])) : undefined;
  } catch {
    return undefined;
  }
}

/** The key that NEAR puts where there is none: ed25519, zeroes. */
export const NO_KEY = publicKeyOf(new Uint8Array(33));
