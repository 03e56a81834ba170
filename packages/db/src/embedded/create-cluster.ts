import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeaiError } from '@deai/protocol';
import { type ClusterFolder, giveTo, openDraft, openLog, placeCluster, readLogTail, readOrMakePassword } from './cluster-folder.ts';
import { spawnGuarded } from './guard.ts';
import type { RunAs } from './run-as.ts';
import { serverEnvironment } from './server-environment.ts';

/** The cluster's superuser, and the name of the database. */
export const USER = 'deai';

/**
 * Makes the cluster unless it is there. It grows in a folder aside and moves into place complete, so an interruption leaves nothing that a
 * later start could take for a cluster.
 * @returns the password, and whether the cluster is new.
 */
export async function ensureCluster(
  folder: ClusterFolder,
  { initdb, runAs, durable }: { initdb: string; runAs: RunAs; durable: boolean },
): Promise<{ password: string; created: boolean }> {
  if (existsSync(folder.cluster)) {
    if (!existsSync(folder.password)) {
      const hint = 'Restore that file from a backup, or move the folder away to begin with an empty database.';
      throw new DeaiError('CONFIG_INVALID', { reason: `the password file ${folder.password} is missing`, hint });
    }
    if (runAs.user) await giveTo(folder.cluster, runAs.user);
    return { password: await readOrMakePassword(folder), created: false };
  }
  const password = await readOrMakePassword(folder);
  const draft = await openDraft(folder);
  try {
    // initdb runs as the server's user, which cannot read our own copy.
    const passwordFile = join(draft, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (runAs.user) await giveTo(draft, runAs.user);
    const cluster = join(draft, 'cluster');
    await runInitdb(folder, [...runAs.prefix, initdb, ...initdbArguments(cluster, passwordFile, durable)]);
    await placeCluster(cluster, folder);
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 10 });
  }
  return { password, created: true };
}

function initdbArguments(cluster: string, passwordFile: string, durable: boolean): string[] {
  // One collation everywhere: the operating system's would change sort orders, and so indexes, with its updates.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  return ['-D', cluster, ...access, ...locale, '--no-instructions', ...(durable ? [] : ['--no-sync'])];
}

async function runInitdb(folder: ClusterFolder, command: string[]): Promise<void> {
  const log = await openLog(folder);
  const { size: from } = await log.stat();
  try {
    const initdb = spawnGuarded(command, { output: log.fd, env: serverEnvironment(), cwd: '/' });
    initdb.hold(true);
    const { code } = await initdb.exited;
    if (code === 0) return;
    throw new DeaiError('INTERNAL', { reason: 'initdb failed', code, log: await readLogTail(folder, from) });
  } finally {
    await log.close();
  }
}
