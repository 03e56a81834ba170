import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

const RETRY_MS = 25;
/** Longer than any work done under a lock: one refresh with its timeout. An older lock was left by a process that died. */
const STALE_MS = 60_000;

/** Runs `work` while no other process holds the lock. @throws CliError when it is held for longer than `waitMs`. */
export async function withFileLock<T>(path: string, work: () => Promise<T>, waitMs: number = STALE_MS): Promise<T> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const deadline = Date.now() + waitMs;
  while (!(await take(path))) {
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > STALE_MS) await rm(path, { force: true });
    else if (Date.now() >= deadline)
      throw new CliError('LOCKED', EXIT.failed, `Another deai holds ${path}.`, 'Wait for it to end, or remove the file.');
    else await delay(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
