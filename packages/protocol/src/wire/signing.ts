import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { base58 } from '@scure/base';
import { sha256Hex } from '../digest.ts';
import { merkleLeaf, merkleTree } from '../merkle.ts';
import type { WireResult } from './node-frames.ts';

const PREFIX = 'ed25519:';

/** A new ed25519 key pair. `publicKey` is `ed25519:<base58>`, `privateKey` PKCS#8 PEM. */
export function newKeyPair(): { publicKey: string; privateKey: string } {
  const pair = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKeyText(pair.publicKey),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** Text form of an ed25519 public key. */
export function publicKeyText(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  return PREFIX + base58.encode(Buffer.from(x as string, 'base64url'));
}

/** Key object of `ed25519:<base58>`; `undefined` when the text is no such key. Keep it: parsing costs more than verifying. */
export function parsePublicKey(text: string): KeyObject | undefined {
  try {
    const raw = base58.decode(text.slice(PREFIX.length));
    if (!text.startsWith(PREFIX) || raw.length !== 32) return undefined;
    return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') } });
  } catch {
    return undefined;
  }
}

/** Signs UTF-8 text; base64 of 64 bytes. */
export function signText(privateKey: KeyObject | string, text: string): string {
  const key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  return sign(null, Buffer.from(text), key).toString('base64');
}

export function verifyText(publicKey: KeyObject, text: string, signature: string): boolean {
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
}

/** The same off the main thread: a verification costs about as much as all else a result needs. */
export function verifyTextAsync(publicKey: KeyObject, text: string, signature: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'), (error, valid) =>
      error ? reject(error) : resolve(valid),
    );
  });
}

/** What a node signs to open a session. The network's id keeps a session from being relayed to another network. */
export function sessionPayload(networkId: string, nodeId: string, nonce: string): string {
  return `deai-session:v1\n${networkId}\n${nodeId}\n${nonce}`;
}

/** Merkle leaf of one result: one field a line, the output by its hash. */
export function resultLeaf(result: WireResult): string {
  const outcome = result.output === undefined ? `failed ${result.failure?.code ?? ''}` : `ok ${sha256Hex(result.output)}`;
  return merkleLeaf(['deai-result:v1', result.taskId, result.leaseId, outcome, result.units, result.startedAtMs, result.runMs].join('\n'));
}

/** What a node signs, given the Merkle root over the {@link resultLeaf} of each result. */
export function resultsSigningText(root: string): string {
  return `deai-results:v1\n${root}`;
}

/** What a node signs for the results of one frame. */
export function resultsPayload(results: readonly WireResult[]): string {
  return resultsSigningText(merkleTree(results.map(resultLeaf)).root);
}
