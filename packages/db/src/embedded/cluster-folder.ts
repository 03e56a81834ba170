import { randomBytes, randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, chown, lstat, mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DeaiError } from '@deai/protocol';

/** What lies where in a data folder. */
export interface ClusterFolder {
  dataDir: string;
  /** PostgreSQL's own folder; it exists only as a complete cluster. */
  cluster: string;
  password: string;
  log: string;
}

const LOG_KEPT_BYTES = 16 * 1024 * 1024;
const DRAFT_PREFIX = 'init-';

/**
 * Makes the data folder, private to us: root lets others pass (not read) so that the server's user can reach its part.
 * @throws DeaiError `CONFIG_INVALID` when it cannot be made or written to.
 */
export async function openClusterFolder(dataDir: string): Promise<ClusterFolder> {
  const real = await makeWritable(resolve(dataDir)).catch((cause: Error) => {
    const hint = 'Run as the user to whom the folder belongs, or give another data folder.';
    throw new DeaiError('CONFIG_INVALID', { reason: `the data folder cannot be used: ${cause.message}`, hint }, { cause });
  });
  return { dataDir: real, cluster: join(real, 'cluster'), password: join(real, 'password'), log: join(real, 'postgres.log') };
}

async function makeWritable(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  await access(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  return realpath(dir);
}

/** A folder for a cluster in the making. What an interrupted start left is removed. */
export async function openDraft(folder: ClusterFolder): Promise<string> {
  for (const name of await readdir(folder.dataDir)) {
    // An orphaned initdb may still be writing there for a moment.
    if (name.startsWith(DRAFT_PREFIX)) await rm(join(folder.dataDir, name), { recursive: true, force: true, maxRetries: 10 });
  }
  const draft = join(folder.dataDir, `${DRAFT_PREFIX}${randomUUID().slice(0, 8)}`);
  await mkdir(draft, { mode: 0o700 });
  return draft;
}

/** Puts a complete cluster in its place, durably. */
export async function placeCluster(draftCluster: string, folder: ClusterFolder): Promise<void> {
  await rename(draftCluster, folder.cluster);
  const handle = await open(folder.dataDir);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The password of the database user; made on first use, never shown, readable by us alone. */
export async function readOrMakePassword(folder: ClusterFolder): Promise<string> {
  if (existsSync(folder.password)) return (await readFile(folder.password, 'utf8')).trim();
  const password = randomBytes(24).toString('base64url');
  const draft = `${folder.password}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, password, { mode: 0o600, flush: true });
  await rename(draft, folder.password);
  return password;
}

/** Opens the server's log for appending; a long one is put aside as `postgres.log.1`. */
export async function openLog(folder: ClusterFolder): Promise<Awaited<ReturnType<typeof open>>> {
  const size = await stat(folder.log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_KEPT_BYTES) await rename(folder.log, `${folder.log}.1`);
  return open(folder.log, 'a', 0o600);
}

/** The part of the log after `from` bytes, at most its last 4 kB. */
export async function readLogTail(folder: ClusterFolder, from = 0): Promise<string> {
  const bytes = await readFile(folder.log).catch(() => Buffer.alloc(0));
  return bytes
    .subarray(Math.max(from, bytes.length - 4096))
    .toString('utf8')
    .trim();
}

/** Gives a folder and all below it to the server's user, without following links. */
export async function giveTo(path: string, user: { uid: number; gid: number }): Promise<void> {
  const entry = await lstat(path);
  if (entry.isSymbolicLink()) return;
  if (entry.uid !== user.uid || entry.gid !== user.gid) await chown(path, user.uid, user.gid);
  if (!entry.isDirectory()) return;
  for (const name of await readdir(path)) await giveTo(join(path, name), user);
}
