import { readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLineOf, processEnded, startTimeOf } from '@deai/processes';
import { DeaiError } from '@deai/protocol';
import type { DbLogger } from '../database.types.ts';

/** What a running server says about itself in its data folder. */
export interface PostmasterFile {
  pid: number;
  port: number;
  ready: boolean;
}

const FILE = 'postmaster.pid';
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
/** Above every system's largest pid. */
const NO_PID = 2_147_483_646;

/** Reads `postmaster.pid`; `undefined` when no server runs there or it has not written its port yet. */
export async function readPostmasterFile(clusterDir: string): Promise<PostmasterFile | undefined> {
  const lines = (await readFile(join(clusterDir, FILE), 'utf8').catch(() => '')).split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  return pid > 0 ? { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' } : undefined;
}

/**
 * Makes the folder startable: a server that was left behind is shut down (or, if it is on its way out, waited for), and a pid file whose pid
 * now belongs to some other program no longer keeps PostgreSQL from starting. Call it only while holding the folder's lock.
 */
export async function clearLeftover(clusterDir: string, logger: DbLogger): Promise<void> {
  const left = await readPostmasterFile(clusterDir);
  if (!left) return;
  if (await isServerOf(left.pid, clusterDir)) {
    logger.warn({ pid: left.pid }, 'a database server was left behind: it is shut down first');
    await shutDown(left.pid, clusterDir);
  } else {
    await disownPid(clusterDir, left.pid, logger);
  }
}

async function isServerOf(pid: number, clusterDir: string): Promise<boolean> {
  return `${await commandLineOf(pid)} `.includes(` -D ${await realpath(clusterDir)} `);
}

async function shutDown(pid: number, clusterDir: string): Promise<void> {
  const steps = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const;
  for (const [signal, waitMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
      const hint = `Stop the process ${pid} as the user who started it.`;
      throw new DeaiError(
        'CONFIG_INVALID',
        { reason: `process ${pid} serves ${clusterDir} and may not be stopped by us`, hint },
        { cause },
      );
    }
    if (await processEnded(pid, waitMs)) return;
  }
  throw new DeaiError('CONFIG_INVALID', { reason: `process ${pid} serves ${clusterDir} and does not stop`, hint: `Run: kill -9 ${pid}` });
}

/**
 * PostgreSQL takes any living process with that pid for a server. The rest of the file stays, because PostgreSQL finds by it the sessions
 * of a killed server that have not noticed yet.
 */
async function disownPid(clusterDir: string, pid: number, logger: DbLogger): Promise<void> {
  const reused = (await startTimeOf(pid)) !== undefined;
  logger.info({ pid, reused }, 'the last database server ended without cleaning up: it recovers now');
  const path = join(clusterDir, FILE);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/^\d+/, String(NO_PID)));
}
