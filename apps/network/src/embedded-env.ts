import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeaiError, parseTokens } from '@deai/protocol';
import type { Env } from '@deai/service-kit';
import type { NetworkConfig } from './config.ts';
import { type OwnChain, settlementEnv } from './own-chain.ts';

/**
 * The services' environment. With the embedded database, what an operator would have to provide is made and kept in the
 * data folder, and new users get the starting credit; with a database of their own nothing is made up. Where settlement goes is part of it.
 * @throws DeaiError `CONFIG_INVALID` when a secret is missing beside DATABASE_URL.
 */
export async function servicesEnv(config: NetworkConfig, chain?: OwnChain): Promise<Env> {
  const env = { ...config.env, ...settlementEnv(config.env, chain) };
  if (config.DATABASE_URL) return env;
  const secret = config.env.DEAI_AUTH_KEY_SECRET ?? (await ownSecret(join(config.dataDir, 'auth-key.secret')));
  return {
    ...env,
    DEAI_AUTH_KEY_SECRET: secret,
    DEAI_REWARD_STARTING_CREDIT_YOCTO: parseTokens(config.DEAI_STARTING_CREDIT).toString(),
  };
}

/** A secret that is made once and kept, readable by its owner only. */
async function ownSecret(file: string): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = (await readFile(file, 'utf8')).trim();
  if (secret.length < 32) throw new DeaiError('CONFIG_INVALID', { file, hint: 'The file is damaged: restore it from a backup.' });
  return secret;
}
