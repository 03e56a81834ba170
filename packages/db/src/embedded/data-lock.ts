import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeaiError } from '@deai/protocol';
import { startTimeOf } from './processes.ts';

/** Ownership of a data folder by this process. */
export interface DataLock {
  release(): Promise<void>;
}

interface Owner {
  pid: number;
  startTime: string;
}

const FILE = /^owner-(\d+)\.lock$/;
const RELEASED = '{}';

/**
 * Makes this process the only owner of a data folder. The lock names its owner by pid and start time, so one left by a killed process, also
 * when its pid is in use again, is taken over.
 *
 * Locks are numbered, and the highest number counts. A takeover makes the next number, which only one of many can do, instead of replacing a
 * file, which could hit the lock of another that was faster. The highest file stays after release, so numbers only grow.
 * @throws DeaiError `CONFIG_INVALID` naming the pid, while another owner lives (this process counts as one too).
 */
export async function lockDataDir(dataDir: string): Promise<DataLock> {
  const owner: Owner = { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '' };
  const draft = join(dataDir, `.lock-${randomUUID()}`);
  await writeFile(draft, JSON.stringify(owner));
  try {
    for (;;) {
      const highest = Math.max(0, ...(await lockNumbers(dataDir)));
      await refuseIfOwned(dataDir, highest);
      const mine = highest + 1;
      if (!(await linkNew(draft, pathOf(dataDir, mine)))) continue;
      const numbers = await lockNumbers(dataDir);
      const outdated = numbers.some((number) => number > mine) ? [mine] : numbers.filter((number) => number < mine);
      for (const number of outdated) await rm(pathOf(dataDir, number), { force: true });
      if (!outdated.includes(mine)) return { release: () => release(pathOf(dataDir, mine)) };
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function release(path: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  // The folder may have been deleted with all it held.
  await writeFile(draft, RELEASED).then(
    () => rename(draft, path),
    () => {},
  );
}

function pathOf(dataDir: string, number: number): string {
  return join(dataDir, `owner-${number}.lock`);
}

async function lockNumbers(dataDir: string): Promise<number[]> {
  return (await readdir(dataDir)).map((name) => Number(FILE.exec(name)?.[1] ?? 0)).filter((number) => number > 0);
}

/** A hard link appears with its content or not at all, and fails where one exists. */
function linkNew(draft: string, path: string): Promise<boolean> {
  return link(draft, path).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? false : Promise.reject(error)),
  );
}

async function refuseIfOwned(dataDir: string, number: number): Promise<void> {
  const owner = parseOwner(await readFile(pathOf(dataDir, number), 'utf8').catch(() => RELEASED));
  if (!owner?.pid || (await startTimeOf(owner.pid)) !== owner.startTime) return;
  const hint = `Stop the process ${owner.pid} first, or give this one another data folder.`;
  throw new DeaiError('CONFIG_INVALID', { reason: `the data folder ${dataDir} is in use by process ${owner.pid}`, pid: owner.pid, hint });
}

function parseOwner(text: string): Partial<Owner> | undefined {
  try {
    return JSON.parse(text) as Partial<Owner>;
  } catch {
    return undefined;
  }
}
