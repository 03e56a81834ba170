import { setTimeout as delay } from 'node:timers/promises';
import { DeaiError } from '@deai/protocol';
import pg from 'pg';
import { type ClusterFolder, readLogTail } from './cluster-folder.ts';
import type { Guarded } from './guard.ts';
import { readPostmasterFile } from './postmaster-file.ts';

/** A server that has proved to be ours. */
export interface ReadyServer {
  url: string;
  port: number;
  pid: number;
}

/** What {@link untilReady} waits for. */
export interface Awaited {
  guarded: Guarded;
  folder: ClusterFolder;
  /** Also the name of the database that is made if missing. */
  user: string;
  password: string;
  port: number;
  /** Where this start begins in the log. */
  logFrom: number;
}

/** Recovery after a crash replays up to max_wal_size of log, on a slow disk too. */
const READY_TIMEOUT_MS = 300_000;
const POLL_MS = 10;

/** Resolves when the server takes connections and its database exists. @throws DeaiError `INTERNAL` with the log when it ends before. */
export async function untilReady(awaited: Awaited): Promise<ReadyServer> {
  const { guarded, folder, port, logFrom } = awaited;
  let over = false;
  void guarded.exited
    .catch(() => {})
    .then(() => {
      over = true;
    });
  const pid = await guarded.pid;
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const said = await readPostmasterFile(folder.cluster);
    if (said?.pid === pid && said.port === port && said.ready) break;
    if (over || performance.now() > deadline) {
      const reason = over ? 'PostgreSQL ended while starting' : 'PostgreSQL did not become ready';
      throw new DeaiError('INTERNAL', { reason, log: await readLogTail(folder, logFrom) });
    }
    await delay(POLL_MS);
  }
  return { url: await ensureDatabase(awaited), port, pid };
}

/** Whether a start failed only because its port was in use. */
export function isPortTaken(error: unknown): boolean {
  return error instanceof DeaiError && /could not bind IPv4 address|Address already in use/.test(String(error.details?.log));
}

/** Also proves that the listener is our server: SCRAM succeeds only with one that knows the password, and it names its data folder. */
async function ensureDatabase({ user, password, port, folder }: Awaited): Promise<string> {
  const base = `postgres://${user}:${password}@127.0.0.1:${port}`;
  const client = new pg.Client({ connectionString: `${base}/postgres`, application_name: 'deai:start' });
  // Killed in this very moment, the server ends the connection: that is told by the statement, not by an event that nobody hears.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ dir: string; found: boolean }>(
      `select current_setting('data_directory') as dir, exists (select from pg_database where datname = $1) as found`,
      [user],
    );
    if (rows[0]?.dir !== folder.cluster)
      throw new DeaiError('INTERNAL', { reason: 'another server answered on our port', dir: rows[0]?.dir });
    if (!rows[0].found) await client.query(`create database ${pg.escapeIdentifier(user)}`);
  } finally {
    await client.end();
  }
  return `${base}/${user}`;
}
