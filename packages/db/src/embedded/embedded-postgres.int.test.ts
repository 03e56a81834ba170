import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLineOf, processEnded, startTimeOf } from '@deai/processes';
import { cleanUpAtEnd, type SpawnedProcess, spawnProcess, tempDir, waitFor } from '@deai/testkit';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database.ts';
import { migrate } from '../migrate.ts';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded.types.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

const FIXTURE = fileURLToPath(new URL('./own-cluster.fixture.ts', import.meta.url));

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await startEmbeddedPostgres({ durable: false, ...options });
  cleanUpAtEnd(() => cluster.stop());
  return cluster;
}

async function startInChild(dataDir: string): Promise<{ child: SpawnedProcess; url: string; pid: number }> {
  const child = await spawnProcess(process.execPath, [FIXTURE, dataDir, 'not-durable']);
  const [, told = ''] = await child.waitForOutput(/^up (.*)$/m, { timeoutMs: 30_000 });
  return { child, ...(JSON.parse(told) as { url: string; pid: number }) };
}

async function run<Row>(url: string, text: string): Promise<Row[]> {
  const database = await openDatabase({ url, maxConnections: 1 });
  try {
    return (await database.query<Row>(text)).rows;
  } finally {
    await database.close();
  }
}

/** Of the guard, which is the server's parent. */
function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe('a cluster of our own', () => {
  it('starts on a fresh folder, keeps its rows over a restart and leaves no process behind', async () => {
    const dataDir = join(await tempDir(), 'data');
    const first = await start({ dataDir, durable: true });
    expect(first.created).toBe(true);
    await run(first.url, 'create table kept (value int); insert into kept values (42)');
    await first.stop();
    expect(await startTimeOf(first.pid)).toBeUndefined();

    const second = await start({ dataDir, durable: true });
    expect(second.created).toBe(false);
    expect(await run(second.url, 'select value from kept')).toEqual([{ value: 42 }]);
    await second.stop();
    await second.stop();
  });

  it('never trades durability unless told so, and listens on 127.0.0.1 alone', async () => {
    const { url, stop } = await start({ dataDir: await tempDir(), durable: true, settings: { work_mem: '8MB', listen_addresses: '*' } });
    const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories', 'jit', 'work_mem'];
    const columns = settings.map((name) => `current_setting('${name}') as ${name}`).join();
    expect(await run(url, `select ${columns}`)).toEqual([
      {
        fsync: 'on',
        synchronous_commit: 'on',
        full_page_writes: 'on',
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        jit: 'off',
        work_mem: '8MB',
      },
    ]);
    await stop();
  });

  it('keeps the password in a file that only its owner may read, and admits nobody without it', async () => {
    const dataDir = await tempDir();
    const { url, stop } = await start({ dataDir });
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(openDatabase({ url: wrong.href })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    expect(new URL(url).password).toBe(await readFile(join(dataDir, 'password'), 'utf8'));
    await stop();
  });

  it('works below folders that others may not pass, at a path too long for a socket, with spaces', async () => {
    const closed = join(await tempDir(), 'a closed folder');
    await mkdir(closed, { mode: 0o700 });
    const { url, stop } = await start({ dataDir: join(closed, 'x'.repeat(120), 'data') });
    expect(await run(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop();
  });

  it('gives the server no capability where the folders are passable, and only that of passing where its binaries are not', async () => {
    const open = await tempDir();
    await chmod(open, 0o755);
    const { pid, stop } = await start({ dataDir: join(open, 'data') });
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    // Bit 2 is CAP_DAC_READ_SEARCH. The binaries are below this file's own checkout.
    const passable = await Promise.all(foldersAbove(import.meta.filename).map(async (folder) => ((await stat(folder)).mode & 0o001) !== 0));
    const closedToIt = process.getuid?.() === 0 && !passable.every(Boolean);
    expect(status).toMatch(!closedToIt ? /^CapEff:\s*0+$/m : /^CapEff:\s*0+4$/m);
    expect(status).not.toMatch(/^Uid:\s*0\s/m);
    await stop();
  });

  it('tells that the server ended by itself, with the end of its log', async () => {
    const cluster = await start({ dataDir: await tempDir(), restarts: false });
    const exit = new Promise((resolve) => cluster.onExit(resolve));
    process.kill(cluster.pid, 'SIGQUIT');
    expect(await exit).toMatchObject({ expected: false, logTail: expect.stringContaining('immediate shutdown') });
  });

  it('refuses a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    cleanUpAtEnd(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await expect(start({ dataDir: await tempDir(), port })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { reason: `port ${port} is taken` },
    });
  });
});

describe('a data folder that cannot be used', () => {
  it('is refused with a hint', async () => {
    const file = join(await tempDir(), 'file');
    await writeFile(file, '');
    await expect(start({ dataDir: join(file, 'data') })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { hint: expect.stringContaining('another data folder') },
    });
  });
});

describe('one owner at a time', () => {
  it('refuses a second owner and names the first', async () => {
    const dataDir = await tempDir();
    const { child, url } = await startInChild(dataDir);
    await expect(start({ dataDir })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { pid: child.pid, hint: expect.stringContaining(String(child.pid)) },
    });
    expect(await run(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    child.kill('SIGTERM');
    await child.waitForOutput(/stopped/);
    const { stop } = await start({ dataDir });
    await stop();
  });

  it('lets exactly one of several that start at once have the folder', async () => {
    const dataDir = await tempDir();
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => start({ dataDir })));
    const up = results.filter((result) => result.status === 'fulfilled');
    expect(up).toHaveLength(1);
    expect(results.filter((result) => result.status === 'rejected').map((result) => result.reason.code)).toEqual(
      Array(3).fill('CONFIG_INVALID'),
    );
    await up[0]?.value.stop();
  });
});

describe('after a crash', () => {
  it('leaves no server behind when its owner is killed, and committed rows are there at the next start', async () => {
    const dataDir = await tempDir();
    const { child, url, pid } = await startInChild(dataDir);
    await run(url, 'create table kept (value int); insert into kept values (7)');
    const guard = parentOf(pid);
    child.kill('SIGKILL');
    await child.exited;
    expect(await processEnded(pid, 10_000)).toBe(true);
    expect(await processEnded(guard, 10_000)).toBe(true);

    const again = await start({ dataDir });
    expect(await run(again.url, 'select value from kept')).toEqual([{ value: 7 }]);
    await again.stop();
  });

  it('starts at once after its owner was killed, while the old server is still going down', async () => {
    const dataDir = await tempDir();
    const { child, url, pid } = await startInChild(dataDir);
    await run(url, 'create table kept (value int); insert into kept values (8)');
    child.kill('SIGKILL');
    await child.exited;
    const again = await start({ dataDir });
    expect(again.pid).not.toBe(pid);
    expect(await run(again.url, 'select value from kept')).toEqual([{ value: 8 }]);
    await again.stop();
  });

  it('shuts down a server whose owner and guard were both killed, then starts', async () => {
    const dataDir = await tempDir();
    const { child, url, pid } = await startInChild(dataDir);
    await run(url, 'create table kept (value int); insert into kept values (9)');
    process.kill(parentOf(pid), 'SIGKILL');
    child.kill('SIGKILL');
    await child.exited;
    expect(await commandLineOf(pid)).toContain(dataDir);
    const again = await start({ dataDir });
    expect(await startTimeOf(pid)).toBeUndefined();
    expect(await run(again.url, 'select value from kept')).toEqual([{ value: 9 }]);
    await again.stop();
  });

  it('recovers when the server itself was killed and its pid now belongs to another program', async () => {
    const dataDir = await tempDir();
    const first = await start({ dataDir, restarts: false });
    await run(first.url, 'create table kept (value int); insert into kept values (10)');
    const exit = new Promise((resolve) => first.onExit(resolve));
    process.kill(first.pid, 'SIGKILL');
    await exit;
    const file = join(dataDir, 'cluster', 'postmaster.pid');
    const stranger = await spawnProcess('sleep', ['600']);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(stranger.pid)));
    const again = await start({ dataDir });
    expect(await run(again.url, 'select value from kept')).toEqual([{ value: 10 }]);
    expect(await startTimeOf(stranger.pid)).toBeDefined();
    await again.stop();
  });

  it('begins anew when it was killed while the cluster was being made', async () => {
    const dataDir = await tempDir();
    const child = await spawnProcess(process.execPath, [FIXTURE, dataDir]);
    const draft = await waitFor(async () => (await readdir(dataDir)).find((name) => name.startsWith('init-')));
    await waitFor(() => stat(join(dataDir, draft, 'cluster', 'base')), { timeoutMs: 10_000 });
    child.kill('SIGKILL');
    await child.exited;
    const { url, created, stop } = await start({ dataDir });
    expect(created).toBe(true);
    expect(await migrate(url, [])).toEqual([]);
    expect((await readdir(dataDir)).filter((name) => name.startsWith('init-') || name.startsWith('.lock'))).toEqual([]);
    await stop();
  });

  it('does not invent a new password for a cluster whose password file is gone', async () => {
    const dataDir = await tempDir();
    await mkdir(join(dataDir, 'cluster'));
    await expect(start({ dataDir })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { hint: expect.stringContaining('backup') },
    });
  });
});

describe('a server that is killed while its owner lives', () => {
  it('comes back at the same address with every committed row, each time', async () => {
    const { logger, lines } = recorder();
    const cluster = await start({ dataDir: await tempDir(), logger });
    const { url, port } = cluster;
    await run(url, 'create table kept (value int)');
    const pids = new Set([cluster.pid]);
    for (let round = 1; round <= 4; round += 1) {
      await run(url, `insert into kept values (${round})`);
      const { pid } = cluster;
      // Odd rounds kill the postmaster alone, and its sessions notice by themselves; even ones kill everything.
      for (const victim of round % 2 ? [pid] : [pid, ...childrenOf(pid)]) killNow(victim);
      await waitFor(() => cluster.pid !== pid, { timeoutMs: 20_000, what: 'another postmaster' });
      pids.add(cluster.pid);
      expect(await run(url, 'select count(*)::int as rows from kept')).toEqual([{ rows: round }]);
    }
    expect([cluster.url, cluster.port, pids.size]).toEqual([url, port, 5]);
    expect(lines.filter((line) => line.includes('ended by itself'))).toHaveLength(4);
    expect(lines.filter((line) => line.includes('is back'))).toHaveLength(4);
    await cluster.stop();
    expect(await startTimeOf(cluster.pid)).toBeUndefined();
  });

  it('leaves an open database usable: statements fail with UNAVAILABLE until it is back', async () => {
    const cluster = await start({ dataDir: await tempDir() });
    const database = await openDatabase({ url: cluster.url, maxConnections: 2 });
    const hot = await database.hotConnections(1, 'test');
    const { pid } = cluster;
    const underWay = [hot.query({ text: 'select pg_sleep(60)' }), database.query('select pg_sleep(60)')];
    const lost = Promise.all(underWay.map((statement) => expect(statement).rejects.toMatchObject({ code: 'UNAVAILABLE' })));
    await waitFor(async () => (await run<{ n: number }>(cluster.url, SLEEPING))[0]?.n === 2, { what: 'statements under way' });
    process.kill(pid, 'SIGKILL');
    await lost;
    await waitFor(() => cluster.pid !== pid, { timeoutMs: 20_000, what: 'another postmaster' });
    await waitFor(() => hot.query({ text: 'select 1' }), { timeoutMs: 20_000, what: 'a hot connection' });
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await database.close();
    await cluster.stop();
  });

  it('stays down when it is told to stop while it comes back', async () => {
    const dataDir = await tempDir();
    const cluster = await start({ dataDir });
    const exit = new Promise((resolve) => cluster.onExit(resolve));
    process.kill(cluster.pid, 'SIGKILL');
    await processEnded(cluster.pid, 10_000);
    await cluster.stop();
    expect(await exit).toMatchObject({ expected: true });
    const again = await start({ dataDir });
    expect(await run(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await again.stop();
  });
});

const SLEEPING = `select count(*)::int as n from pg_stat_activity where query = 'select pg_sleep(60)'`;

function recorder() {
  const lines: string[] = [];
  const note = (_facts: object, text: string) => void lines.push(text);
  return { lines, logger: { debug: note, info: note, warn: note, error: note } };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It noticed the death of its postmaster before us.
  }
}

function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}
