import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { currentCommit, describeMachine } from './measure/machine.ts';
import { newestProfile } from './measure/profile-parts.ts';
import { type BenchOptions, HELP, parseOptions } from './options.ts';
import { cleanUpOnSignals, createCleanup } from './process/cleanup.ts';
import { formatProfile } from './report/profile-table.ts';
import { createReport } from './report/report.ts';
import { formatReport } from './report/table.ts';
import { measure } from './sections.ts';

const startedAt = performance.now();
const say = (line: string) => console.error(`bench ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
const cleanup = createCleanup();

async function bench(options: BenchOptions): Promise<void> {
  const machine = describeMachine();
  const results = await measure(options, cleanup, say);
  const commit = currentCommit(dirname(options.server));
  const report = createReport({ machine, at: new Date().toISOString(), commit, options, results });
  await mkdir(dirname(options.out), { recursive: true });
  await writeFile(options.out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(formatReport(report));
  if (options.profileDir !== undefined) console.log(formatProfile(await newestProfile(options.profileDir), results.main));
  say(`written to ${options.out}`);
}

function optionsOrExit(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

const options = optionsOrExit();
if (options) {
  cleanUpOnSignals(cleanup);
  try {
    await bench(options);
  } catch (error) {
    console.error(`bench failed: ${(error as Error).stack ?? error}`);
    process.exitCode = 1;
  }
} else console.log(HELP);
