import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { wireResult } from '../testing/fixtures.ts';
import { encodeRecord } from './record.ts';
import { openSpool } from './result-spool.ts';

const WRITER = fileURLToPath(new URL('../testing/spool-writer.ts', import.meta.url));
let dir: string;
const log = () => join(dir, 'results.log');
const open = (maxBytes = 1e9) => openSpool({ dir, maxBytes });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deai-spool-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('keeps results over a restart in their order, without those that were answered', async () => {
  const [a, b, c] = [wireResult(), wireResult({ output: JSON.stringify('ünïcode\n') }), wireResult()];
  const first = await open();
  await Promise.all([first.append(a), first.append(b), first.append(c)]);
  first.remove([a.leaseId]);
  await first.close();
  const second = await open();
  expect([...second.pending.values()]).toEqual([b, c]);
  expect(second.bytes).toBe(encodeRecord({ result: b }).length + 2 + encodeRecord({ result: c }).length);
  await second.close();
});

test('ignores a torn last record and keeps what stands before it', async () => {
  const [whole, torn] = [wireResult(), wireResult()];
  const line = encodeRecord({ result: torn });
  await writeFile(log(), encodeRecord({ result: whole }));
  for (const length of [5, 17, 40, line.length - 2]) {
    await appendFile(log(), line.slice(0, length));
    const spool = await open();
    expect([[...spool.pending.keys()], spool.damaged]).toEqual([[whole.leaseId], 1]);
    await spool.close();
  }
});

test('ignores a record that changed on disk', async () => {
  const [a, b] = [wireResult({ units: 1 }), wireResult()];
  await writeFile(log(), encodeRecord({ result: a }).replace('"units":1', '"units":9') + encodeRecord({ result: b }));
  const spool = await open();
  expect([...spool.pending.keys()]).toEqual([b.leaseId]);
  await spool.close();
});

test('is full above its limit and empties as results are answered', async () => {
  const spool = await open(1_000);
  const result = wireResult({ output: JSON.stringify('x'.repeat(1_000)) });
  expect(spool.full).toBe(false);
  await spool.append(result);
  expect(spool.full).toBe(true);
  spool.remove([result.leaseId]);
  expect([spool.full, spool.bytes]).toEqual([false, 0]);
  await spool.close();
});

test('rewrites its file when most of it is answered', async () => {
  const spool = await open();
  const kept = wireResult();
  await spool.append(kept);
  for (let i = 0; i < 10; i++) {
    const result = wireResult({ output: JSON.stringify('x'.repeat(1_000_000)) });
    await spool.append(result);
    spool.remove([result.leaseId]);
  }
  await spool.close();
  expect((await stat(log())).size).toBeLessThan(6_000_000);
  const again = await open();
  expect([...again.pending.values()]).toEqual([kept]);
  await again.close();
});

test('loses nothing that it called durable when the process is killed', async () => {
  const writer = spawn(process.execPath, [WRITER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  const enough = Promise.withResolvers<void>();
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (printed.split('\n').length > 200) enough.resolve();
  });
  await enough.promise;
  const closed = once(writer, 'close');
  writer.kill('SIGKILL');
  await closed;
  const durable = printed.split('\n').slice(0, -1);
  const spool = await open();
  expect(durable.filter((leaseId) => !spool.pending.has(leaseId))).toEqual([]);
  expect(durable.length).toBeGreaterThanOrEqual(200);
  await spool.close();
  expect((await readFile(log(), 'utf8')).split('\n').length - 1).toBe(spool.pending.size);
});
