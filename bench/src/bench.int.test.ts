import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SpawnedProcess, spawnProcess } from '@deai/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
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
    const run = await bench('--quick', '--out', out);
    expect(await run.exited, run.output()).toEqual({ code: 0, signal: null });
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
    const [figures] = report.runs;
    expect(report.runs).toHaveLength(1);
    expect(figures?.wsConnect.count).toBe(50);
    expect(figures?.books.submitted).toBeGreaterThan(100);
    expect(figures?.books.completed).toBe(figures?.books.submitted);
    expect(figures?.books.ledger).toMatchObject({ balanced: true, heldYocto: '0', sumYocto: '0' });
    expect(figures?.paced.assign.count).toBe(figures?.paced.tasks);
    expect(figures?.paced.complete.count).toBe(figures?.paced.tasks);
    expect(run.output()).toContain('none lost');
  });

  it.runIf(process.platform === 'linux')('leaves no process and no data behind when it is interrupted', { timeout: 60_000 }, async () => {
    const run = await bench('--quick', '--out', join(folder, 'never.json'));
    await run.waitForOutput(/nodes connected/, { timeoutMs: 40_000 });
    const started = processTree(run.pid).slice(1);
    expect(started.length).toBeGreaterThan(3);
    run.kill('SIGINT');
    expect(await run.exited, run.output()).toEqual({ code: 130, signal: null });
    // The database's guard ends itself last.
    await vi.waitFor(() => expect(started.filter(isAlive)).toEqual([]), { timeout: 5_000 });
    const left = await readdir(folder);
    expect(left.filter((name) => name.startsWith('deai-bench-') && !name.endsWith('.json'))).toEqual([]);
  });

  it('fails when the network does not start, and says so', async () => {
    const run = await bench('--quick', '--server', join(folder, 'missing.ts'));
    expect(await run.exited).toEqual({ code: 1, signal: null });
    expect(run.output()).toContain('the network ended while starting');
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

/** True while it runs; a process that has ended and waits for its parent to notice does not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
