import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DeaiError, sha256Hex } from '@deai/protocol';
import { makeFolders, sweepTempFiles, syncFolder, writeDurably } from './durable-files.ts';
import { assertObjectKey } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';

export interface FolderStoreOptions {
  /** Created when it is missing. Several processes may share it. */
  directory: string;
}

/**
 * Objects as files `ab/cd/<key>` below a folder, readable by their owner alone. A file appears whole or not at all: it is written
 * and synced in `tmp/` and renamed.
 */
export async function createFolderStore({ directory }: FolderStoreOptions): Promise<ObjectStore> {
  const root = resolve(directory);
  const tempFolder = join(root, 'tmp');
  await makeFolders(root, root);
  await makeFolders(root, tempFolder);
  await sweepTempFiles(tempFolder);
  const durableFolders = new Set<string>();
  const writing = new Map<string, Promise<void>>();
  let closed = false;

  const folderOf = (key: string): string => join(root, key.slice(0, 2), key.slice(2, 4));
  const pathOf = (key: string): string => {
    if (closed) throw new DeaiError('SHUTTING_DOWN');
    assertObjectKey(key);
    return join(folderOf(key), key);
  };
  const write = async (key: string, path: string, bytes: Uint8Array): Promise<void> => {
    const folder = folderOf(key);
    if (!durableFolders.has(folder)) {
      await makeFolders(root, folder);
      durableFolders.add(folder);
    }
    const stored = await readIfThere(path);
    // A damaged file is written again. A good one may be another process's whose rename is not durable yet.
    if (stored && sha256Hex(stored) === key) await syncFolder(folder);
    else await writeDurably(path, join(tempFolder, `${key}.${randomUUID()}`), bytes);
  };

  return {
    async put(bytes) {
      const key = sha256Hex(bytes);
      const path = pathOf(key);
      const work = writing.get(key) ?? write(key, path, bytes).finally(() => writing.delete(key));
      writing.set(key, work);
      await work;
      return key;
    },
    async get(key) {
      const path = pathOf(key);
      const bytes = await readIfThere(path);
      if (bytes && sha256Hex(bytes) !== key) throw corrupt(key, path, bytes);
      return bytes;
    },
    async has(key) {
      return (await stat(pathOf(key)).catch(undefinedWhenMissing)) !== undefined;
    },
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
    async close() {
      closed = true;
      await Promise.allSettled(writing.values());
    },
  };
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(undefinedWhenMissing);
  return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function corrupt(key: string, path: string, bytes: Uint8Array): DeaiError {
  const cause = new Error(`the object in ${path} is corrupt: its ${bytes.length} bytes hash to ${sha256Hex(bytes)}`);
  return new DeaiError(
    'INTERNAL',
    { object: key, hint: 'The stored object is corrupt. Restore it, or store the same bytes again.' },
    { cause },
  );
}
