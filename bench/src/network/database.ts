import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** Where the embedded database of a data folder answers, as what `deai up` leaves there tells. */
export interface DatabaseAddress {
  url: string;
  /** Of the postmaster. */
  pid: number;
}

/** Reads PostgreSQL's own pid file and the password beside it. @throws Error when no server runs there. */
export async function findDatabase(dataDir: string): Promise<DatabaseAddress> {
  const folder = join(dataDir, 'postgres');
  const [pid = '', , , port = ''] = (await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n');
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
  return { url: `postgres://deai:${encodeURIComponent(password)}@127.0.0.1:${port.trim()}/deai`, pid: Number.parseInt(pid, 10) };
}

/** A connection of the bench's own. A loss is left to the next query to tell: the server under it may be killed on purpose. */
export async function connectDatabase(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'deai bench' });
  client.on('error', () => {});
  await client.connect();
  return client;
}
