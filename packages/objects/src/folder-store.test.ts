import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@deai/protocol';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { objectStoreContract } from './contract.ts';
import { STALE_TEMP_MS } from './durable-files.ts';
import { createFolderStore } from './folder-store.ts';

const folders: string[] = [];
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'deai-objects-'));
  folders.push(folder);
  return folder;
};
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

objectStoreContract('folder store', async () => {
  const directory = join(await newFolder(), 'not', 'yet', 'there');
  return {
    store: await createFolderStore({ directory }),
    corrupt: (key, bytes) => writeFile(join(directory, key.slice(0, 2), key.slice(2, 4), key), bytes),
    reopen: () => createFolderStore({ directory }),
  };
});

describe('folder store', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await newFolder();
  });

  it('keeps an object in one file, ab/cd/<key>, for its owner alone, and leaves nothing in tmp', async () => {
    const store = await createFolderStore({ directory });
    const key = sha256Hex('abc');
    await Promise.all(Array.from({ length: 5 }, () => store.put(Buffer.from('abc'))));
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const path = join(directory, 'ba', '78', key);
    expect(files.map((file) => join(file.parentPath, file.name))).toEqual([path]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('does not write bytes again that are there', async () => {
    const store = await createFolderStore({ directory });
    const key = await store.put(Buffer.from('abc'));
    const before = await stat(join(directory, 'ba', '78', key));
    await store.put(Buffer.from('abc'));
    const after = await stat(join(directory, 'ba', '78', key));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it('removes temporary files of dead processes when it starts, not those that may be in use', async () => {
    await (await createFolderStore({ directory })).close();
    const [old, young] = [join(directory, 'tmp', 'old'), join(directory, 'tmp', 'young')];
    for (const path of [old, young]) await writeFile(path, 'half of an obj');
    const longAgo = new Date(Date.now() - STALE_TEMP_MS - 1_000);
    await utimes(old, longAgo, longAgo);
    const store = await createFolderStore({ directory });
    expect(await readdir(join(directory, 'tmp'))).toEqual(['young']);
    expect(await store.has(sha256Hex('half of an obj'))).toBe(false);
  });

  it('fails, and leaves no half file, when the disk refuses the write', async () => {
    const store = await createFolderStore({ directory });
    // A file where the object's folder must be.
    await writeFile(join(directory, 'ba'), '');
    await expect(store.put(Buffer.from('abc'))).rejects.toThrow(/EEXIST|ENOTDIR/);
    await rm(join(directory, 'ba'));
    const key = await store.put(Buffer.from('abc'));
    expect(await store.has(key)).toBe(true);
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });
});
