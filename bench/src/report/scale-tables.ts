import type { FairnessFigures } from '../scale/fairness.ts';
import { count, ms, newTable } from './format.ts';
import type { PeerFigures } from './peer-figures.ts';
import type { Report } from './report.ts';

/** The peers and the queue core, jobs a second. */
export function formatPeers({ peers, core }: Report): string[] {
  if (!peers && !core) return [];
  const table = newTable(['added and processed, jobs/s', 'single ×100', '', 'bulk of 500', '']);
  const row = (name: string, figures: PeerFigures | null) =>
    table.push(
      figures
        ? [name, count(figures.single), MODES[figures.singleMode], rate(figures.batch), figures.batchMode ? MODES[figures.batchMode] : '']
        : [name, 'left out', '', '', ''],
    );
  for (const [name, figures] of Object.entries(peers ?? {})) row(name, figures);
  if (core) row('DeAI, the queue core alone', core);
  return [table.toString()];
}

const MODES = { after: 'then', during: 'meanwhile' };

export function formatGrowth({ growth }: Report): string[] {
  if (!growth) return [];
  const table = newTable(['nodes', 'waiting', 'single/s', 'batch tasks/s', 'server MiB']);
  for (const point of growth) {
    table.push([count(point.nodes), count(point.waiting), count(point.single), count(point.batch), rate(point.serverRssMiB)]);
  }
  return [table.toString()];
}

export function formatScale({ backlog, history, idle, fairness }: Report): string[] {
  return [
    ...(backlog
      ? [
          `long queue: ${count(backlog.tasks)} waiting; server ${backlog.serverRssMiB.empty} → ${backlog.serverRssMiB.full} MiB; ` +
            `drained at ${count(backlog.drainFull)}/s (${count(backlog.shortTasks)} at ${count(backlog.drainShort)}/s); ` +
            `after a kill serving in ${backlog.restartServingS} s, first assignment in ${backlog.restartFirstAssignS} s`,
        ]
      : []),
    ...(history
      ? [
          `long history: ${count(history.tasks)} tasks, ${history.databaseGiB} GiB; look-up p50 ${ms(history.lookup.p50)}, p95 ${ms(history.lookup.p95)} ms`,
        ]
      : []),
    ...(idle
      ? [
          `idle: ${count(idle.online)} nodes online, server ${idle.serverRssMiB} MiB (at most ${idle.serverRssMaxMiB}), ${idle.serverCpuPercent} % of a core`,
        ]
      : []),
    ...(fairness ? formatFairness(fairness) : []),
  ];
}

function formatFairness({ flood, priorities, slowNodes }: FairnessFigures): string[] {
  const { low, normal, high } = priorities;
  return [
    `fairness: beside ${count(flood.tasks)} tasks of another a first task waits ${ms(flood.floodedMs)} ms (${ms(flood.aloneMs)} alone), ${flood.rounds} rounds; ` +
      `low/normal/high share ${low}/${normal}/${high}; a node of ${slowNodes.fastMs} ms does ${slowNodes.ratio} × what one of ${slowNodes.slowMs} ms does`,
  ];
}

function rate(value: number | null): string {
  return value === null ? '' : count(value);
}
