import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpAtEnd } from './cleanup.ts';

/** A fresh empty folder (mode 0700, real path), removed with all it holds at the end of the file. */
export async function tempDir(prefix = 'deai-test-'): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  cleanUpAtEnd(() => rm(dir, { recursive: true, force: true, maxRetries: 10 }));
  return dir;
}
