import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTimeOf } from './process-start.ts';
import { StoreError } from './store-error.ts';

/** Ownership of a data folder by this process. */
export interface FolderLock {
  release(): Promise<void>;
}

interface Owner {
  readonly pid?: number;
  readonly startTime?: string | undefined;
}

const FILE = /^owner-(\d+)\.lock$/;

/**
 * Makes this process the only owner of a folder; the lock of a killed process is taken over. Locks are numbered and the highest number
 * counts: a takeover links the next number, which only one of many can do, and never replaces a file that a faster one just made.
 * @throws StoreError `LOCKED` while its owner lives; this process counts as one too
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const draft = join(folder, `.lock-${randomUUID()}`);
  await writeFile(draft, JSON.stringify({ pid: process.pid, startTime: await startTimeOf(process.pid) }));
  try {
    for (;;) {
      const highest = Math.max(0, ...(await lockNumbers(folder)));
      await refuseIfOwned(folder, highest);
      const mine = highest + 1;
      if (!(await linkNew(draft, pathOf(folder, mine)))) continue;
      const numbers = await lockNumbers(folder);
      const faster = numbers.some((number) => number > mine);
      for (const number of faster ? [mine] : numbers.filter((other) => other < mine)) await rm(pathOf(folder, number), { force: true });
      if (!faster) return { release: () => release(folder, mine) };
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** The file stays, without an owner, so that numbers only grow. */
async function release(folder: string, number: number): Promise<void> {
  const draft = join(folder, `.lock-${randomUUID()}`);
  // The folder may have been deleted with all it held.
  await writeFile(draft, '{}').then(
    () => rename(draft, pathOf(folder, number)),
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
  const { pid, startTime } = parseOwner(await readFile(pathOf(folder, number), 'utf8').catch(() => '{}'));
  if (!pid || (await startTimeOf(pid)) !== startTime) return;
  throw new StoreError('LOCKED', `The chain in ${folder} is in use by process ${pid}. Stop that process, or choose another data folder.`);
}

function parseOwner(text: string): Owner {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return {};
  }
}
