import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parsePublicKey, publicKeyText } from '@deai/protocol';
import { base58 } from '@scure/base';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { NearCredentials } from './near.types.ts';
import { NearError } from './near-error.ts';

const PREFIX = 'ed25519:';
const CredentialsFile = Type.Object({
  account_id: Type.String({ pattern: '^(?=.{2,64}$)[a-z0-9]+([-_.][a-z0-9]+)*$' }),
  public_key: Type.String({ pattern: '^ed25519:[1-9A-HJ-NP-Za-km-z]{43,44}$' }),
  private_key: Type.String({ pattern: '^ed25519:[1-9A-HJ-NP-Za-km-z]{80,90}$' }),
});

/**
 * Reads a NEAR credentials file: JSON with `account_id`, `public_key` and `private_key`.
 * @param onWarning Hears when others than its owner may read it.
 * @throws NearError `failed` saying what is wrong with it, never what it holds.
 */
export async function readCredentials(path: string, onWarning?: (warning: string) => void): Promise<NearCredentials> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    const { mode } = await stat(path);
    // Windows has no such bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) onWarning?.(`others may read the key in ${path}: chmod 600 ${path}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new NearError('failed', `cannot read the credentials file ${path}: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
  return parseCredentials(path, text);
}

function parseCredentials(path: string, text: string): NearCredentials {
  const refuse = (problem: string) => new NearError('failed', `${path} is no NEAR credentials file: ${problem}`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw refuse('it holds no JSON');
  }
  if (!Value.Check(CredentialsFile, content)) {
    const [first] = Value.Errors(CredentialsFile, content);
    throw refuse(`${first?.instancePath || 'it'} ${first?.message ?? 'has another form'}`);
  }
  const { account_id: accountId, public_key: publicKey, private_key: secretKey } = content;
  let derived: string | undefined;
  try {
    derived = publicKeyText(createPublicKey(privateKeyOf({ accountId, publicKey, secretKey })));
  } catch {
    // Said below.
  }
  if (derived !== publicKey) throw refuse('private_key is not the key of public_key');
  return { accountId, publicKey, secretKey };
}

/** Where NEAR's tools look for an account's key below a credentials folder. */
export function credentialsPath(folder: string, chainId: string, accountId: string): string {
  return join(folder, chainId, `${accountId}.json`);
}

/**
 * The credentials file of an account, made with a new key when it is not there, on disk when this returns and readable by its owner alone.
 * @throws NearError `failed` when the file is there and is another account's, or no credentials file.
 */
export async function openCredentials(path: string, accountId: string): Promise<NearCredentials> {
  const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const credentials = known === undefined ? await makeCredentials(path, accountId) : parseCredentials(path, known);
  if (credentials.accountId === accountId) return credentials;
  throw new NearError('failed', `${path} holds the key of ${credentials.accountId}, not of ${accountId}`);
}

async function makeCredentials(path: string, accountId: string): Promise<NearCredentials> {
  const credentials = credentialsOf(generateKeyPairSync('ed25519').privateKey, accountId);
  const content = { account_id: accountId, public_key: credentials.publicKey, private_key: credentials.secretKey };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600, flush: true });
  // A link never replaces a file that another process made meanwhile.
  await link(draft, path).finally(() => rm(draft, { force: true }));
  return credentials;
}

/**
 * The implicit account of an ed25519 key, whose name is the key's 32 bytes in hex: what a node's key signs for.
 * @param pem PKCS#8, as node agents keep it. @throws NearError `failed` when it holds no ed25519 key.
 */
export function implicitCredentials(pem: string): NearCredentials {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return credentialsOf(key);
  } catch {
    // Said below, without what it holds.
  }
  throw new NearError('failed', 'the file holds no ed25519 key');
}

function credentialsOf(key: KeyObject, accountId?: string): NearCredentials {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  return {
    accountId: accountId ?? point.toString('hex'),
    publicKey: PREFIX + base58.encode(point),
    secretKey: PREFIX + base58.encode(Buffer.concat([seed, point])),
  };
}

/** Key object of credentials, for signing what is no transaction. */
export function privateKeyOf({ secretKey, publicKey }: NearCredentials): KeyObject {
  const { x } = parsePublicKey(publicKey)?.export({ format: 'jwk' }) ?? {};
  const d = Buffer.from(base58.decode(secretKey.slice(PREFIX.length)).subarray(0, 32)).toString('base64url');
  return createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', d, x: x as string } });
}

/** The key whose implicit account this is: `ed25519:<base58>` of its 32 bytes in hex. */
export function publicKeyOfImplicit(accountId: string): string {
  return PREFIX + base58.encode(Buffer.from(accountId, 'hex'));
}
