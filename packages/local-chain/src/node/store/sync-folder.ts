import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the name of a new or renamed file durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  // Some file systems refuse to sync folders; they write names in order anyway.
  await folder.sync().catch((error: NodeJS.ErrnoException) => (error.code === 'EINVAL' ? undefined : Promise.reject(error)));
  await folder.close();
}
