import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a put can take at the very most: an older temporary file was left by a process that died. */
export const STALE_TEMP_MS = 15 * 60_000;

/** Writes a file so that a crash at any moment leaves all of it or nothing under `path`. Both paths lie in one file system. */
export async function writeDurably(path: string, tempPath: string, bytes: Uint8Array): Promise<void> {
  try {
    const file = await open(tempPath, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(tempPath, path);
  } catch (error) {
    await rm(tempPath, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Creates a folder with its parents, such that all of them below `root` and all that are new survive a crash. */
export async function makeFolders(root: string, folder: string): Promise<void> {
  const firstNew = await mkdir(folder, { recursive: true, mode: 0o700 });
  const top = firstNew && firstNew.length <= root.length ? dirname(firstNew) : root;
  // Also those that were there: another process may have made them and not synced them yet.
  for (let path = folder; path !== top; path = dirname(path)) await syncFolder(dirname(path));
}

/** Makes the entries of a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Removes what dead processes left; files that another process may be writing now are too young. */
export async function sweepTempFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() && found.mtimeMs < Date.now() - STALE_TEMP_MS) await rm(path, { force: true });
  }
}
