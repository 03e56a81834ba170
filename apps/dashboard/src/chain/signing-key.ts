import { baseDecode, baseEncode, KeyPair } from 'near-api-js';

/** An ed25519 key in PKCS#8: these bytes, then its 32. */
const PKCS8_ED25519 = '302e020100300506032b657004220420';
const bytesOfHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const hexOf = (text: string) => Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');

function seedOfPem(text: string): Uint8Array | undefined {
  const base64 = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(text)?.[1];
  const hex = base64 === undefined ? '' : hexOf(atob(base64.replaceAll(/\s/g, '')));
  return hex.startsWith(PKCS8_ED25519) ? bytesOfHex(hex.slice(PKCS8_ED25519.length)) : undefined;
}

function bytesOfNear(text: string): Uint8Array | undefined {
  const base58 = /^ed25519:([1-9A-HJ-NP-Za-km-z]{40,90})$/.exec(text)?.[1];
  return base58 === undefined ? undefined : baseDecode(base58);
}

/**
 * Reads a secret key as it was pasted: NEAR's `ed25519:…`, or the PEM file of a node's key, with or without its line breaks. `undefined` for
 * anything else; what was pasted is in no message.
 */
export function signingKeyOf(pasted: string): KeyPair | undefined {
  const text = pasted.trim();
  try {
    const bytes = seedOfPem(text) ?? bytesOfNear(text);
    // A seed, or a seed with its public key.
    return bytes?.length === 32 || bytes?.length === 64 ? KeyPair.fromString(`ed25519:${baseEncode(bytes)}`) : undefined;
  } catch {
    return undefined;
  }
}
