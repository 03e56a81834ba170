import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const VERSION = 1;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + SALT_BYTES + IV_BYTES + TAG_BYTES;
/** 32 MiB and about 0.1 s a key: a secret that somebody made up is not guessed quickly either. */
const SCRYPT: ScryptOptions = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** AES-256-GCM under a key derived from `secret`; `label` is bound to it, so that one sealed value cannot stand in for another. */
export async function seal(plain: Buffer, secret: string, label: string): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', await derive(secret, salt, 32, SCRYPT), iv).setAAD(Buffer.from(label));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), salt, iv, cipher.getAuthTag(), body]);
}

/** Opens what {@link seal} made. @throws Error with another secret or label, or when a bit was changed. */
export async function unseal(sealed: Buffer, secret: string, label: string): Promise<Buffer> {
  if (sealed.length < HEAD_BYTES || sealed[0] !== VERSION) throw new Error('not a sealed value');
  const salt = sealed.subarray(1, 1 + SALT_BYTES);
  const iv = sealed.subarray(1 + SALT_BYTES, HEAD_BYTES - TAG_BYTES);
  const tag = sealed.subarray(HEAD_BYTES - TAG_BYTES, HEAD_BYTES);
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', await derive(secret, salt, 32, SCRYPT), iv, options).setAAD(Buffer.from(label));
  return Buffer.concat([decipher.setAuthTag(tag).update(sealed.subarray(HEAD_BYTES)), decipher.final()]);
}
