import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTimeOf } from './processes.ts';

/** Another process owns the folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  readonly folder: string;
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}: stop that process, or choose another folder.`);
    this.folder = folder;
    this.pid = pid;
  }
}

/** Ownership of a folder by this process. */
export interface FolderLock {
  release(): Promise<void>;
}

interface Owner {
  pid: number;
  startTime: string;
}

const FILE = /^owner-(\d+)\.lock$/;
const RELEASED = '{}';

/**
 * Makes this process the only owner of a folder. The lock names its owner by pid and start time, so one left by a killed process, also
 * when its pid is in use again, is taken over.
 *
 * Locks are numbered, and the highest number counts. A takeover makes the next number, which only one of many can do, instead of replacing a
 * file, which could hit the lock of another that was faster. The highest file stays after release, so numbers only grow.
 * @throws FolderInUseError while another owner lives (this process counts as one too).
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const owner: Owner = { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '' };
  const draft = join(folder, `.lock-${randomUUID()}`);
  await writeFile(draft, JSON.stringify(owner));
  try {
    for (;;) {
      const highest = Math.max(0, ...(await lockNumbers(folder)));
      await refuseIfOwned(folder, highest);
      const mine = highest + 1;
      if (!(await linkNew(draft, pathOf(folder, mine)))) continue;
      const numbers = await lockNumbers(folder);
      const outdated = numbers.some((number) => number > mine) ? [mine] : numbers.filter((number) => number < mine);
      for (const number of outdated) await rm(pathOf(folder, number), { force: true });
      if (!outdated.includes(mine)) return { release: () => release(pathOf(folder, mine)) };
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

function pathOf(folder: string, number: number): string {
  return join(folder, `owner-${number}.lock`);
}

async function lockNumbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).map((name) => Number(FILE.exec(name)?.[1] ?? 0)).filter((number) => number > 0);
}

/** A hard link appears with its content or not at all, and fails where one exists. */
function linkNew(draft: string, path: string): Promise<boolean> {
  return link(draft, path).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? false : Promise.reject(error)),
  );
}

async function refuseIfOwned(folder: string, number: number): Promise<void> {
  const owner = parseOwner(await readFile(pathOf(folder, number), 'utf8').catch(() => RELEASED));
  if (!owner?.pid || (await startTimeOf(owner.pid)) !== owner.startTime) return;
  throw new FolderInUseError(folder, owner.pid);
}

function parseOwner(text: string): Partial<Owner> | undefined {
  try {
    return JSON.parse(text) as Partial<Owner>;
  } catch {
    return undefined;
  }
}
