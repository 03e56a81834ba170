import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SpawnedProcess, spawnProcess } from '@deai/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processTree } from './measure/proc.ts';
import { findProgram } from './process/programs.ts';
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

async function measure(sections: string, out: string): Promise<{ report: Report; output: string }> {
  const run = await bench('--quick', '--seconds', '0.5', '--only', sections, '--out', join(folder, out));
  expect(await run.exited, run.output()).toEqual({ code: 0, signal: null });
  return { report: JSON.parse(await readFile(join(folder, out), 'utf8')) as Report, output: run.output() };
}

const RATE = expect.any(Number);

describe('the bench', () => {
  it.concurrent('measures a real network and its peers, loses nothing, and writes its figures', { timeout: 300_000 }, async () => {
    const { report, output } = await measure('main,peers,core', 'main.json');
    expect(report).toMatchObject({
      nodes: 50,
      machine: { cpu: expect.any(String), cores: RATE, memoryGiB: RATE, node: expect.stringMatching(/^v/) },
      single: { ...TIMES, tps: RATE },
      batch: { ...TIMES, tps: RATE },
      assign: TIMES,
      api: TIMES,
      read: TIMES,
      sql: TIMES,
      wsConnect: TIMES,
      serverRssMiB: RATE,
      growth: null,
    });
    const [figures] = report.runs;
    expect(report.runs).toHaveLength(1);
    expect(figures?.wsConnect.count).toBe(50);
    expect(figures?.books.submitted).toBeGreaterThan(100);
    expect(figures?.books.completed).toBe(figures?.books.submitted);
    expect(figures?.books.ledger).toMatchObject({ balanced: true, heldYocto: '0', sumYocto: '0' });
    expect(figures?.paced.assign.count).toBe(figures?.paced.tasks);
    expect(figures?.paced.complete.count).toBe(figures?.paced.tasks);
    expect(figures?.paced.sql?.count).toBeGreaterThan(0);
    expect(figures?.batch.database.walMiB).toBeGreaterThan(0);
    expect(output).toContain('none lost');

    const { peers, core } = report;
    expect(peers?.['graphile-worker']).toMatchObject({ single: RATE, batch: RATE });
    expect(peers?.['pg-boss']).toMatchObject({ single: RATE, batch: RATE });
    expect(peers?.bullmq ?? null).toEqual(findProgram('redis-server') ? expect.objectContaining({ single: RATE, batch: RATE }) : null);
    expect(peers?.['nats-jetstream'] ?? null).toEqual(
      findProgram('nats-server') ? expect.objectContaining({ single: RATE, batch: null }) : null,
    );
    expect(core?.single).toBe(Math.max(...Object.values(core?.modes.single ?? {})));
    expect(core?.batch).toBeGreaterThan(0);
    const target = report.targets.find(({ figure }) => figure === 'single submissions, whole life');
    expect(target).toMatchObject({ measured: report.single?.tps, met: (report.single?.tps ?? 0) >= 5_000 });
  });

  it.concurrent('measures growth, a long queue, a long history, idle nodes and fairness', { timeout: 300_000 }, async () => {
    const { report } = await measure('growth,backlog,history,idle,fairness', 'scale.json');
    expect(report).toMatchObject({ single: null, peers: null, core: null, runs: [] });
    expect(report.growth?.map(({ nodes, waiting }) => [nodes, waiting])).toEqual([
      [1, 0],
      [20, 0],
      [50, 0],
      [50, 500],
    ]);
    expect(report.growth?.every(({ single, batch }) => single > 0 && batch > 0)).toBe(true);
    const { backlog, history, idle, fairness } = report;
    expect(backlog).toMatchObject({ tasks: 3_000, shortTasks: 500, drainShort: RATE, drainFull: RATE });
    expect(backlog?.restartFirstAssignS).toBeGreaterThan(backlog?.restartServingS ?? Number.NaN);
    expect(history).toMatchObject({ tasks: 5_000, lookup: { count: 100 } });
    expect(idle).toMatchObject({ nodes: 60, online: 60, connect: { count: 60 } });
    const { low = 0, normal = 0, high = 0 } = fairness?.priorities ?? {};
    expect(low + normal + high).toBeCloseTo(1, 2);
    expect([low < normal, normal < high]).toEqual([true, true]);
    // Of 2,000 tasks that came before, a few turns at most go first.
    expect(fairness?.flood.overtakenBy).toBeLessThan(300);
    expect(fairness?.slowNodes.ratio).toBeGreaterThan(1);
    expect(report.targets.map(({ figure }) => figure)).toContain('3,000 waiting: restart to first dispatch');
  });

  it.runIf(process.platform === 'linux')('leaves no process and no data behind when it is interrupted', { timeout: 120_000 }, async () => {
    const run = await bench('--quick', '--out', join(folder, 'never.json'));
    await run.waitForOutput(/nodes connected/, { timeoutMs: 90_000 });
    const started = processTree(run.pid).slice(1);
    expect(started.length).toBeGreaterThan(3);
    run.kill('SIGINT');
    expect(await run.exited, run.output()).toEqual({ code: 130, signal: null });
    // The database's guard ends itself last.
    await vi.waitFor(() => expect(started.filter(isAlive)).toEqual([]), { timeout: 5_000 });
    const left = await readdir(folder);
    expect(left.filter((name) => name.startsWith('deai-bench-') && !name.endsWith('.json'))).toEqual([]);
  });

  it('fails when the network does not start, and says so', { timeout: 90_000 }, async () => {
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
