import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nowMs } from '../measure/clock.ts';
import { currentCommit, describeMachine } from '../measure/machine.ts';
import { type Helper, startHelper } from '../process/calls.ts';
import { cleanUpOnSignals, createCleanup } from '../process/cleanup.ts';
import { median } from '../report/medians.ts';
import type { ChainProbe, PostingTurns, Rate, StartTimes } from './probe.ts';
import { sendOverRpc } from './rpc-load.ts';

const HELP = `Measures the local chain alone: calls a second, the time of a start, how long the event loop stands still.

  node bench/src/chain/main.ts

  --calls <n>     token transfers of a run              (5000)
  --callers <n>   callers, each waits for its transfer; a power of two up to 256  (64)
  --runs <n>      runs; the figures are medians         (3)
  --out <file>    where the figures go                  (bench/results/chain.json)
`;
const BATCHES = 50;

const { values } = parseArgs({
  options: {
    calls: value('5000'),
    callers: value('64'),
    runs: value('3'),
    out: value(here('../../results/chain.json')),
    help: { type: 'boolean' },
  },
});
const amount = { calls: Number(values.calls), callers: Number(values.callers), runs: Number(values.runs) };
const cleanup = createCleanup();

function value(standard: string) {
  return { type: 'string', default: standard } as const;
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** In a process of its own, so that nothing is warm. */
async function withProbe<T>(work: (probe: Helper<ChainProbe>) => Promise<T>): Promise<T> {
  const probe = startHelper<ChainProbe>(new URL('./probe.ts', import.meta.url));
  cleanup.add(() => probe.stop());
  try {
    return await work(probe);
  } finally {
    await cleanup.run();
  }
}

async function withFolder<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'deai-chain-'));
  try {
    return await work(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function overRpc(dataDir: string): Promise<Rate[]> {
  return withProbe(async (probe) => {
    const calls = amount.calls * (amount.runs + 1);
    const { url, transfers } = await probe.call('serve', { dataDir, calls });
    const rates: Rate[] = [];
    for (let run = 0; run <= amount.runs; run++) {
      const startedUs = await probe.call('cpuUs', undefined);
      const perS = await sendOverRpc(url, transfers.slice(run * amount.calls, (run + 1) * amount.calls), amount.callers);
      rates.push({ perS, cpuUs: ((await probe.call('cpuUs', undefined)) - startedUs) / amount.calls });
    }
    await probe.call('stop', undefined);
    // The first one warms up.
    return rates.slice(1);
  });
}

interface Start extends StartTimes {
  /** From before the process was started until its answer came. */
  total: number;
}

async function startOnce(dataDir: string): Promise<Start> {
  const startedMs = nowMs();
  return withProbe(async (probe) => {
    const times = await probe.call('start', { dataDir });
    const total = nowMs() - startedMs;
    await probe.call('stop', undefined);
    return { ...times, total };
  });
}

async function measureStarts(): Promise<{ cold: Start; warm: Start }> {
  const cold: Start[] = [];
  const warm: Start[] = [];
  for (let run = 0; run < amount.runs; run++) {
    await withFolder(async (dataDir) => {
      cold.push(await startOnce(dataDir));
      warm.push(await startOnce(dataDir));
    });
  }
  return { cold: mediansOf(cold), warm: mediansOf(warm) };
}

function mediansOf(starts: readonly Start[]): Start {
  const of = (name: keyof Start) => Math.round(median(starts.map((start) => start[name])));
  const [loaded, open, deployed, answered] = [of('loaded'), of('open'), of('deployed'), of('answered')];
  return { loaded, open, deployed, answered, total: of('total'), cpu: of('cpu'), longestTurn: of('longestTurn') };
}

async function measureTurns(dataDir: string): Promise<PostingTurns> {
  const inProbe = <T>(work: (probe: Helper<ChainProbe>) => Promise<T>) =>
    withProbe(async (probe) => {
      const result = await work(probe);
      await probe.call('stop', undefined);
      return result;
    });
  await inProbe((probe) => probe.call('start', { dataDir }));
  await inProbe((probe) => probe.call('bond', { dataDir }));
  const { first, median, longest } = await inProbe((probe) => probe.call('postingTurns', { dataDir, batches: BATCHES }));
  const tenths = (ms: number) => Math.round(ms * 10) / 10;
  return { first: tenths(first), median: tenths(median), longest: tenths(longest) };
}

function middle(rates: readonly Rate[], figure: keyof Rate): number {
  return Math.round(median(rates.map((rate) => rate[figure])));
}

async function bench(): Promise<void> {
  const machine = describeMachine();
  const memory = await withProbe((probe) => probe.call('rate', amount));
  const disk = await withFolder((dataDir) => withProbe((probe) => probe.call('rate', { ...amount, dataDir })));
  const rpc = await withFolder(overRpc);
  const callsPerS = { memory: middle(memory, 'perS'), disk: middle(disk, 'perS'), rpc: middle(rpc, 'perS') };
  const cpuUsPerCall = { memory: middle(memory, 'cpuUs'), disk: middle(disk, 'cpuUs'), rpc: middle(rpc, 'cpuUs') };
  const startMs = await measureStarts();
  const postingTurnMs = await withFolder(measureTurns);
  const commit = currentCommit(dirname(fileURLToPath(import.meta.url)));
  const report = { at: new Date().toISOString(), commit, machine, ...amount, callsPerS, cpuUsPerCall, startMs, postingTurnMs };
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(values.out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(JSON.stringify(report, null, 2));
}

if (values.help) console.log(HELP);
else {
  cleanUpOnSignals(cleanup);
  await bench();
}
