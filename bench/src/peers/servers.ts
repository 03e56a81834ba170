import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from '@deai/db';
import { connectDatabase } from '../network/database.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { startProgram } from '../process/programs.ts';

const START_MS = 10_000;

/** A folder of a server, removed in the end. */
export async function newFolder(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deai-bench-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The PostgreSQL that the network embeds, with the same settings and the same durability. */
export async function startPostgres(cleanup: Cleanup): Promise<EmbeddedPostgres> {
  const starting = startEmbeddedPostgres({ dataDir: join(await newFolder(cleanup), 'postgres') });
  // Interrupted while it starts, it is stopped as soon as it is up: it would write to a folder that is being removed.
  cleanup.add(async () => (await starting.catch(() => undefined))?.stop());
  return await starting;
}

/** An empty database of that name; its URL. */
export async function createDatabase({ url }: EmbeddedPostgres, name: string): Promise<string> {
  const client = await connectDatabase(url);
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

/** A Redis that appends every write to a file and syncs it every second: what BullMQ's own guide asks for. Its port. */
export async function startRedis(program: string, cleanup: Cleanup): Promise<number> {
  const [folder, port] = [await newFolder(cleanup), await freePort()];
  const settings = { bind: '127.0.0.1', port, dir: folder, appendonly: 'yes', appendfsync: 'everysec', save: '' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await startProgram(program, args, cleanup);
  await untilListening(port);
  return port;
}

/** A NATS server whose streams live in files. Its URL. */
export async function startNats(program: string, cleanup: Cleanup): Promise<string> {
  const [folder, port] = [await newFolder(cleanup), await freePort()];
  const config = join(folder, 'nats.conf');
  await writeFile(config, `host: "127.0.0.1"\nport: ${port}\njetstream { store_dir: ${JSON.stringify(folder)} }\n`);
  await startProgram(program, ['-c', config], cleanup);
  await untilListening(port);
  return `nats://127.0.0.1:${port}`;
}

async function untilListening(port: number): Promise<void> {
  for (const giveUpAt = performance.now() + START_MS; ; await delay(20)) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answered) return;
    if (performance.now() > giveUpAt) throw new Error(`nothing listens on port ${port} after ${START_MS} ms`);
  }
}
