import Table from 'cli-table3';
import type { RunResult } from '../run/run-once.ts';
import type { CpuUsPerTask } from '../run/usage.ts';
import type { Rate, Times } from './main-figures.ts';
import type { Report } from './report.ts';

/** The report for people. */
export function formatReport(report: Report): string {
  const { machine, options, runs } = report;
  const lines = [
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.os}, ${machine.fdatasyncPerS} fdatasync/s`,
    `${report.nodes} nodes, ${options.seconds} s a scenario, ${options.runs === 1 ? 'one run' : `medians of ${options.runs} runs`}`,
  ];
  if (runs.length > 0) lines.push(...formatMain(report));
  return lines.join('\n');
}

function formatMain(report: Report): string[] {
  const { options, runs } = report;
  const table = new Table({
    head: ['', 'tasks/s', 'p50 ms', 'p95 ms', 'p99 ms'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  const row = (name: string, times: Times | null, tps = '') =>
    times && table.push([name, tps, ms(times.p50), ms(times.p95), ms(times.p99)]);
  const rateRow = (name: string, rate: Rate | null) => row(name, rate, rate ? count(rate.tps) : '');
  rateRow('single submissions', report.single);
  rateRow(`batches of ${options.batchSize}`, report.batch);
  row('at half rate: submit', report.api);
  row('at half rate: read a task', report.read);
  row('at half rate: submit → assigned', report.assign);
  row('at half rate: submit → completed', report.complete);
  row('at half rate: database queries', report.sql);
  row('node connects', report.wsConnect);
  return [
    table.toString(),
    `processor time a task: single ${cpu(report.single?.cpuUsPerTask)}; batches ${cpu(report.batch?.cpuUsPerTask)}`,
    `other programs used ${report.otherCpuPercent ?? '?'} % of the machine meanwhile`,
    `memory at the end: server ${report.serverRssMiB ?? '?'} MiB, PostgreSQL ${report.postgresPssMiB ?? '?'} MiB`,
    ...runs.map((run, i) => `run ${i + 1}: ${upkeep(run)}`),
    `${count(runs.reduce((sum, run) => sum + run.books.completed, 0))} tasks accepted and completed, none lost; the books balance`,
  ];
}

/** What PostgreSQL did meanwhile: the rates are sustained ones only if it did. */
function upkeep({ single, batch, paced }: RunResult): string {
  const works = [single, batch, paced].map(({ database }) => database);
  const list = (of: (work: (typeof works)[number]) => number) => works.map(of).join('/');
  const checkpoints = `checkpoints begun ${list((w) => w.checkpointsBegun)}, done ${list((w) => w.checkpointsDone)}`;
  return `${checkpoints}, autovacuums ${list((w) => w.autovacuums)}, WAL ${list((w) => w.walMiB)} MiB (single/batches/half rate)`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function cpu(parts: CpuUsPerTask | undefined): string {
  return Object.entries(parts ?? {})
    .map(([part, us]) => `${part} ${us === null ? '?' : Math.round(us)} µs`)
    .join(', ');
}
