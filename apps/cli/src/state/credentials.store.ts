import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokens } from '@deai/sdk';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { withFileLock } from './file-lock.ts';

/** How this user is known to one server. */
export interface StoredProfile {
  email?: string;
  apiKey?: string;
  tokens?: Tokens;
  /** Made for nodes by `deai node start`, because agents outlive sessions. */
  nodeApiKey?: string;
}

interface Contents {
  /** Address used when none is given. */
  current?: string;
  profiles: Record<string, StoredProfile>;
}

/** Credentials on disk: one file, mode 0600, a profile per server, safe for several processes at once. */
export interface CredentialsStore {
  readonly path: string;
  current(): Promise<string | undefined>;
  get(url: string): Promise<StoredProfile | undefined>;
  /** Changes a profile in one step; `undefined` removes it. With `makeCurrent` its server becomes the default. */
  update(url: string, change: (profile: StoredProfile) => StoredProfile | undefined, makeCurrent?: boolean): Promise<void>;
  /** Exclusive among processes. For refreshing, whose token works once. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

export function createCredentialsStore(dir: string): CredentialsStore {
  const path = join(dir, 'credentials.json');

  async function read(): Promise<Contents> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { profiles: {} };
      throw error;
    }
    return parse(text, path);
  }
  async function write(contents: Contents): Promise<void> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const temporary = `${path}.${randomBytes(6).toString('hex')}`;
    try {
      await writeFile(temporary, `${JSON.stringify(contents, null, 2)}\n`, { mode: 0o600, flush: true });
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  return {
    path,
    current: async () => (await read()).current,
    get: async (url) => (await read()).profiles[url],
    update: (url, change, makeCurrent = false) =>
      withFileLock(`${path}.lock`, async () => {
        const contents = await read();
        const { [url]: before = {}, ...others } = contents.profiles;
        const after = change(before);
        const profiles = after ? { ...others, [url]: after } : others;
        await write({ ...contents, profiles, ...(makeCurrent ? { current: url } : {}) });
      }),
    exclusively: (work) => withFileLock(`${path}.refresh`, work),
  };
}

function parse(text: string, path: string): Contents {
  try {
    const contents = JSON.parse(text) as Partial<Contents>;
    if (typeof contents.profiles === 'object' && contents.profiles !== null) return contents as Contents;
  } catch {
    // Reported below, as other damage is.
  }
  throw new CliError('CONFIG_INVALID', EXIT.usage, `${path} is damaged.`, 'Remove it, then run: deai login');
}
