import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SpawnedProcess, spawnProcess } from '@deai/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processTree } from './measure/proc.ts';
import type { Report } from './report/report.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TIMES = { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deai-bench-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function bench(...args: string[]): Promise<SpawnedProcess> {
  // Its data folders go where the test can see what is left of them.
  return spawnProcess(process.execPath, [MAIN, ...args], { env: { TMPDIR: folder } });
}

describe('the bench', () => {
  it('measures a real network, loses nothing, and writes its figures', { timeout: 120_000 }, async () => {
    const out = join(folder, 'figures.json');
    const process = await bench('--quick', '--out', out);
    expect(await process.exited, process.output()).toEqual({ code: 0, signal: null });
    const report = JSON.parse(await readFile(out, 'utf8')) as Report;
    expect(report).toMatchObject({
      nodes: 50,
      machine: { cpu: expect.any(String), cores: expect.any(Number), memoryGiB: expect.any(Number), node: expect.stringMatching(/^v/) },
      single: { ...TIMES, tps: expect.any(Number) },
      batch: { ...TIMES, tps: expect.any(Number) },
      assign: TIMES,
      api: TIMES,
      read: TIMES,
      wsConnect: TIMES,
    });
    const [run] = report.runs;
    expect(report.runs).toHaveLength(1);
    expect(run?.wsConnect.count).toBe(50);
    expect(run?.books.submitted).toBeGreaterThan(100);
    expect(run?.books.completed).toBe(run?.books.submitted);
    expect(run?.books.ledger).toMatchObject({ balanced: true, heldYocto: '0', sumYocto: '0' });
    expect(run?.paced.assign.count).toBe(run?.paced.tasks);
    expect(run?.paced.complete.count).toBe(run?.paced.tasks);
    expect(process.output()).toContain('none lost');
  });

  it('leaves no process and no data behind when it is interrupted', { timeout: 60_000 }, async () => {
    const process = await bench('--quick', '--out', join(folder, 'never.json'));
    await process.waitForOutput(/nodes connected/, { timeoutMs: 40_000 });
    const started = processTree(process.pid).slice(1);
    expect(started.length).toBeGreaterThan(3);
    process.kill('SIGINT');
    expect(await process.exited, process.output()).toEqual({ code: 130, signal: null });
    expect(started.filter(isAlive)).toEqual([]);
    const left = await readdir(folder);
    expect(left.filter((name) => name.startsWith('deai-bench-') && !name.endsWith('.json'))).toEqual([]);
  });

  it('explains itself and refuses what it does not know', async () => {
    const help = await bench('--help');
    expect(await help.exited).toEqual({ code: 0, signal: null });
    expect(help.output()).toContain('--quick');
    const wrong = await bench('--nodes', 'few');
    expect(await wrong.exited).toEqual({ code: 2, signal: null });
    expect(wrong.output()).toContain('--nodes takes a whole number');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
