import type { Report } from './report.ts';

/** One line of the target table. */
export interface Target {
  figure: string;
  target: string;
  measured: number;
  unit: string;
  /** How many times over it is met: 1 and more is met. */
  ratio: number;
  met: boolean;
}

type Facts = Omit<Report, 'targets'>;
type Bound = { atLeast: number } | { atMost: number };

const WITHIN = 0.8;
const GIB = 1_024;

/** Every target whose figures were measured. */
export function targetsOf(report: Facts): Target[] {
  return [...rateTargets(report), ...coreTargets(report), ...latencyTargets(report), ...scaleTargets(report)];
}

function rateTargets({ single, batch, peers, runs, nodes }: Facts): Target[] {
  const [graphile, boss, bull] = [peers?.['graphile-worker'], peers?.['pg-boss'], peers?.bullmq];
  const works = runs.flatMap((run) => [run.single.database, run.batch.database]);
  return [
    ...line('nodes connected in the main run', '≥ 500', runs.length > 0 ? nodes : null, '', { atLeast: 500 }),
    ...line('single submissions, whole life', '≥ 5,000/s', single?.tps, '/s', { atLeast: 5_000 }),
    ...line('single submissions against BullMQ', '≥ 1.0 ×', quotient(single?.tps, bull?.single), '×', { atLeast: 1 }),
    ...line('single submissions against graphile-worker', '≥ 4 ×', quotient(single?.tps, graphile?.single), '×', { atLeast: 4 }),
    ...line('single submissions against pg-boss', '≥ 4 ×', quotient(single?.tps, boss?.single), '×', { atLeast: 4 }),
    ...line('batches of 100, whole life', '≥ 15,000/s', batch?.tps, '/s', { atLeast: 15_000 }),
    ...line('batches against graphile-worker in bulk', '≥ 1.0 ×', quotient(batch?.tps, graphile?.batch), '×', { atLeast: 1 }),
    ...line('checkpoints begun in each scenario', '≥ 1', least(works.map((w) => w.checkpointsBegun)), '', { atLeast: 1 }),
    ...line('autovacuums in each scenario', '≥ 1', least(works.map((w) => w.autovacuums)), '', { atLeast: 1 }),
  ];
}

function coreTargets({ core, peers }: Facts): Target[] {
  const bulk = Object.values(peers ?? {}).flatMap((peer) => peer?.batch ?? []);
  const best = bulk.length > 0 ? Math.max(...bulk) : null;
  const single = quotient(core?.single, peers?.['nats-jetstream']?.single);
  return [
    ...line('queue core in bulk against the best peer', '≥ 1.3 ×', quotient(core?.batch, best), '×', { atLeast: 1.3 }),
    ...line('queue core in single adds against JetStream', '≥ 1.3 ×', single, '×', { atLeast: 1.3 }),
  ];
}

function latencyTargets({ assign, api, sql }: Facts): Target[] {
  return [
    ...line('submit to assign at half load, p50', '≤ 15 ms', assign?.p50, 'ms', { atMost: 15 }),
    ...line('submit to assign at half load, p99', '≤ 100 ms', assign?.p99, 'ms', { atMost: 100 }),
    ...line('API at half load, p95', '≤ 50 ms', api?.p95, 'ms', { atMost: 50 }),
    ...line('queries at half load, p95', '≤ 10 ms', sql?.p95, 'ms', { atMost: 10 }),
  ];
}

function scaleTargets({ idle, backlog: queue, history }: Facts): Target[] {
  const within = { atLeast: WITHIN };
  const { submitFull, submitEmpty } = queue ?? {};
  const { ratesFull, ratesEmpty } = history ?? {};
  const long = queue ? `${queue.tasks.toLocaleString('en')} waiting: ` : '';
  const old = history ? `${history.tasks.toLocaleString('en')} in history: ` : '';
  return [
    ...line(`${idle?.nodes.toLocaleString('en')} idle nodes: server memory`, '≤ 1,024 MiB', idle?.serverRssMaxMiB, 'MiB', { atMost: GIB }),
    ...line(`${long}single submissions taken in`, '≥ 0.8 ×', quotient(submitFull?.single, submitEmpty?.single), '×', within),
    ...line(`${long}batches taken in`, '≥ 0.8 ×', quotient(submitFull?.batch, submitEmpty?.batch), '×', within),
    ...line(`${long}assigned and completed`, '≥ 0.8 ×', quotient(queue?.drainFull, queue?.drainShort), '×', within),
    ...line(`${long}server memory`, '≤ 1,024 MiB', queue?.serverRssMiB.full, 'MiB', { atMost: GIB }),
    ...line(`${long}restart to first dispatch`, '≤ 10 s', queue?.restartFirstAssignS, 's', { atMost: 10 }),
    ...line(`${old}look-up by id, p95`, '≤ 10 ms', history?.lookup.p95, 'ms', { atMost: 10 }),
    ...line(`${old}single submissions`, '≥ 0.8 ×', quotient(ratesFull?.single, ratesEmpty?.single), '×', within),
    ...line(`${old}batches`, '≥ 0.8 ×', quotient(ratesFull?.batch, ratesEmpty?.batch), '×', within),
  ];
}

/** One line, or none when the figure was not measured. */
function line(figure: string, target: string, measured: number | null | undefined, unit: string, bound: Bound): Target[] {
  if (measured === null || measured === undefined) return [];
  const exact = 'atLeast' in bound ? measured / bound.atLeast : bound.atMost / Math.max(measured, Number.MIN_VALUE);
  const met = 'atLeast' in bound ? measured >= bound.atLeast : measured <= bound.atMost;
  return [{ figure, target, measured: round(measured), unit, ratio: round(exact), met }];
}

function quotient(value: number | null | undefined, of: number | null | undefined): number | null {
  return value && of ? value / of : null;
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
