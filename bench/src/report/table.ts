import type { RunResult } from '../run/run-once.ts';
import type { CpuUsPerTask } from '../run/usage.ts';
import { count, ms, newTable } from './format.ts';
import type { Rate, Times } from './main-figures.ts';
import type { Report } from './report.ts';
import { formatGrowth, formatPeers, formatScale } from './scale-tables.ts';

/** The report for people. */
export function formatReport(report: Report): string {
  const { machine, options, runs } = report;
  const lines = [
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.os}, ${machine.fdatasyncPerS} fdatasync/s, ${machine.verifiesPerS} ed25519 verifications/s`,
    `${report.nodes} nodes, ${options.seconds} s a scenario, ${options.runs === 1 ? 'one run' : `medians of ${options.runs} runs`}`,
  ];
  if (runs.length > 0) lines.push(...formatMain(report));
  lines.push(...formatPeers(report), ...formatGrowth(report), ...formatScale(report), ...formatTargets(report));
  return lines.join('\n');
}

function formatMain(report: Report): string[] {
  const { options, runs } = report;
  const table = newTable(['', 'tasks/s', 'p50 ms', 'p95 ms', 'p99 ms']);
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

function formatTargets({ targets }: Report): string[] {
  if (targets.length === 0) return [];
  const table = newTable(['target on two cores', 'target', 'measured', 'met ×', '']);
  for (const { figure, target, measured, unit, ratio, met } of targets) {
    table.push([figure, target, `${measured.toLocaleString('en')} ${unit}`.trim(), ratio.toFixed(2), met ? 'met' : 'NOT MET']);
  }
  return [table.toString(), `${targets.filter(({ met }) => met).length} of ${targets.length} targets met`];
}

function cpu(parts: CpuUsPerTask | undefined): string {
  return Object.entries(parts ?? {})
    .map(([part, us]) => `${part} ${us === null ? '?' : Math.round(us)} µs`)
    .join(', ');
}
