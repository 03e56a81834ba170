import { generateKeyPairSync } from 'node:crypto';
import { baseEncode } from 'near-api-js';
import { expect, test } from 'vitest';
import { signingKeyOf } from './signing-key.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const seed = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
const name = `ed25519:${baseEncode(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32))}`;

test.each([
  ['the PEM file of a node', pem],
  ['the same in one line, as a password field leaves it', pem.replaceAll('\n', '')],
  ["NEAR's own form", `  ed25519:${baseEncode(seed)}\n`],
])('reads %s', (_what, text) => {
  expect(signingKeyOf(text)?.getPublicKey().toString()).toBe(name);
});

test.each([
  '',
  'hello',
  'ed25519:',
  'ed25519:0OIl',
  `ed25519:${'1'.repeat(60)}`,
  'secp256k1:abc',
  '-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----',
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
])('refuses %j', (text) => {
  expect(signingKeyOf(text)).toBeUndefined();
});
