import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openCore } from '../core/context.ts';
import { currentCommit, describeMachine } from '../measure/machine.ts';
import { createDatabase, newFolder, startPostgres } from '../peers/servers.ts';
import { cleanUpOnSignals, createCleanup } from '../process/cleanup.ts';
import { completeTasks, measureSettlement, type SettlementFigures } from './measure.ts';

const HELP = `Measures settlement: receipts of completed tasks, into batches, onto a chain, with PostgreSQL and the contracts as they ship.

  npm run bench:settlement -- [options]

  --tasks <n>   tasks to complete and settle   (100000)
  --runs <n>    the figures are medians        (3)
  --out <file>  where the figures go           (bench/results/settlement.json)`;

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '3' },
    out: { type: 'string', default: fileURLToPath(new URL('../../results/settlement.json', import.meta.url)) },
    help: { type: 'boolean', default: false },
  },
});
const say = (line: string) => console.error(`settlement  ${line}`);

async function runOnce(tasks: number, run: number): Promise<SettlementFigures> {
  const cleanup = createCleanup();
  cleanUpOnSignals(cleanup);
  try {
    const folder = await newFolder(cleanup);
    const core = await openCore(await createDatabase(await startPostgres(cleanup), 'settlement'), folder, ['bridge']);
    cleanup.add(() => core.close());
    say(`run ${run}: completing ${tasks} tasks`);
    await completeTasks(core, tasks);
    const figures = await measureSettlement(core, folder, tasks);
    say(`run ${run}: ${Math.round(figures.receiptsPerSecond)} receipts/s in ${figures.batches} batches`);
    return figures;
  } finally {
    await cleanup.run();
  }
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[all.length >> 1] as number;
}

async function main(): Promise<void> {
  const machine = describeMachine();
  const all: SettlementFigures[] = [];
  for (let run = 1; run <= Number(values.runs); run++) all.push(await runOnce(Number(values.tasks), run));
  const of = (pick: (figures: SettlementFigures) => number) => median(all.map(pick));
  const report = {
    machine,
    at: new Date().toISOString(),
    commit: currentCommit(dirname(fileURLToPath(import.meta.url))),
    receiptsPerSecond: of((f) => f.receiptsPerSecond),
    gasPerTask: of((f) => f.atTarget.gasPerTask),
    stateBytesPerTask: of((f) => f.atTarget.stateBytesPerTask),
    cpuUsPerReceipt: of((f) => f.cpuUsPerReceipt),
    longestBlockMs: of((f) => f.longestBlockMs),
    runs: all,
  };
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(values.out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(JSON.stringify({ ...report, machine: undefined, runs: undefined }, null, 2));
  say(`written to ${values.out}`);
}

if (values.help) console.log(HELP);
else await main();
