import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { base58 } from '../crypto/base58.ts';

/** An account and a key pair of it, as NEAR's tools spell keys: `ed25519:<base58>`. */
export interface AccountCredentials {
  readonly accountId: string;
  readonly publicKey: string;
  /** Seed and public key. */
  readonly secretKey: string;
}

/** A new ed25519 key pair for an account. */
export function createCredentials(accountId: string): AccountCredentials {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const publicKey = Buffer.from(x ?? '', 'base64url');
  const secretKey = Buffer.concat([Buffer.from(d ?? '', 'base64url'), publicKey]);
  return { accountId, publicKey: `ed25519:${base58(publicKey)}`, secretKey: `ed25519:${base58(secretKey)}` };
}

/** Where NEAR's tools look for an account's key below a credentials folder. */
export function credentialsPath(folder: string, networkId: string, accountId: string): string {
  return join(folder, networkId, `${accountId}.json`);
}

/**
 * Reads a NEAR credentials file, or makes one with a new key, readable by its owner alone.
 * @throws Error if the file is there but holds no key
 */
export async function readOrCreateCredentials(path: string, accountId: string): Promise<AccountCredentials> {
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined) return parseCredentials(path, found);
  const credentials = createCredentials(accountId);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  const content = { account_id: accountId, public_key: credentials.publicKey, private_key: credentials.secretKey };
  await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600, flush: true });
  await chmod(draft, 0o600);
  // A link never replaces a file that another process made meanwhile.
  await link(draft, path).finally(() => rm(draft, { force: true }));
  return credentials;
}

function parseCredentials(path: string, text: string): AccountCredentials {
  try {
    const { account_id: accountId, public_key: publicKey, private_key: secretKey } = JSON.parse(text) as Record<string, unknown>;
    if (typeof accountId === 'string' && typeof publicKey === 'string' && typeof secretKey === 'string') {
      return { accountId, publicKey, secretKey };
    }
  } catch {
    // Said below.
  }
  throw new Error(`${path} is no NEAR credentials file: it must hold account_id, public_key and private_key.`);
}
