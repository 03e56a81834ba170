import Table from 'cli-table3';
import type { CpuUsPerTask } from '../run/usage.ts';
import type { Rate, Report, Times } from './report.ts';

/** The report for people. */
export function formatReport(report: Report): string {
  const { machine, options, runs } = report;
  const table = new Table({
    head: ['', 'tasks/s', 'p50 ms', 'p95 ms', 'p99 ms'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  const row = (name: string, times: Times, tps = '') => table.push([name, tps, ms(times.p50), ms(times.p95), ms(times.p99)]);
  const rateRow = (name: string, rate: Rate) => row(name, rate, Math.round(rate.tps).toLocaleString('en'));
  rateRow('single submissions', report.single);
  rateRow(`batches of ${options.batchSize}`, report.batch);
  row('at half rate: submit', report.api);
  row('at half rate: read a task', report.read);
  row('at half rate: submit → assigned', report.assign);
  row('at half rate: submit → completed', report.complete);
  row('node connects', report.wsConnect);
  return [
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.os}, ${machine.fdatasyncPerS} fdatasync/s`,
    `${report.nodes} nodes, ${options.seconds} s a scenario, ${runs.length === 1 ? 'one run' : `medians of ${runs.length} runs`}`,
    table.toString(),
    `processor time a task: single ${cpu(report.cpuUsPerTask)}; batches ${cpu(report.cpuUsPerTaskInBatches)}`,
    `other programs used ${report.otherCpuPercent ?? '?'} % of the machine meanwhile`,
    `memory at the end: server ${report.serverRssMiB ?? '?'} MiB, PostgreSQL ${report.postgresPssMiB ?? '?'} MiB`,
    `${runs.reduce((sum, run) => sum + run.books.completed, 0).toLocaleString('en')} tasks accepted and completed, none lost; the books balance`,
  ].join('\n');
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function cpu(parts: CpuUsPerTask): string {
  return Object.entries(parts)
    .map(([part, us]) => `${part} ${us === null ? '?' : Math.round(us)} µs`)
    .join(', ');
}
