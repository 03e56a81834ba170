import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { QUICK_SIZES, SIZES, type Sizes } from './sizes.ts';

/** What can be measured on its own, in the order in which it is done. */
export const SECTIONS = ['main', 'peers', 'core', 'growth', 'backlog', 'history', 'idle', 'fairness'] as const;
export type Section = (typeof SECTIONS)[number];

/** What is measured, and for how long. */
export interface BenchOptions {
  only: Section[];
  nodes: number;
  operators: number;
  requesters: number;
  credits: number;
  /** What a node takes for one task. 0 answers in the next turn of the event loop. */
  serviceMs: number;
  seconds: number;
  pacedSeconds: number;
  warmupSeconds: number;
  connections: number;
  batchConnections: number;
  batchSize: number;
  /** Of the sections main, peers and core; the others are measured once. */
  runs: number;
  /** Nodes report the start of each task, as the agent does. */
  reports: boolean;
  /** Submissions carry an Idempotency-Key, as the SDK's do. */
  idempotency: boolean;
  /** Of everything but the main run. */
  sizes: Sizes;
  /** Where the server writes its CPU profile. */
  profileDir?: string;
  /** The CLI's entry. */
  server: string;
  out: string;
}

export const HELP = `Measures the whole network on this machine, and its peers beside it, and writes the figures to a file.

  make bench            (npm run bench -- [options])

  --only <a,b>          some of ${SECTIONS.join(', ')}
  --quick               everything with tiny numbers: does it work at all
  --runs <n>            repetitions of main, peers and core; the figures are medians   (3)
  --seconds <n>         length of each scenario of the main run                        (60)
  --nodes <n>           simulated nodes, a WebSocket session each                      (500)
  --operators <n>       users the nodes belong to                                      (25)
  --requesters <n>      users who submit, an API key each                              (10)
  --credits <n>         tasks a node holds at once                                     (8)
  --service-ms <n>      what a node takes for a task; 0 answers in its next turn       (0)
  --connections <n>     HTTP connections of single submissions                         (192)
  --batch-size <n>      tasks of a batch                                               (100)
  --batch-connections <n>  HTTP connections of batches                                 (24)
  --reports             nodes also report each start, as the agent does
  --idempotency         submissions carry an Idempotency-Key, as the SDK's do
  --profile <folder>    the server writes a CPU profile there, told by part at the end; take --only main --runs 1
  --server <file>       CLI entry to measure, of another checkout say
  --out <file>          where the figures go: bench/results/dispatch.json, or partial.json beside it with --only or --quick
  --help                this text
`;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const value = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

/** Reads the command line; `undefined` when help was asked for. @throws Error saying what is wrong. */
export function parseOptions(args: string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      only: value,
      quick: flag,
      help: flag,
      reports: flag,
      idempotency: flag,
      runs: value,
      seconds: value,
      nodes: value,
      operators: value,
      requesters: value,
      credits: value,
      'service-ms': value,
      connections: value,
      'batch-size': value,
      'batch-connections': value,
      profile: value,
      server: value,
      out: value,
    },
  });
  if (values.help) return undefined;
  const quick = values.quick ?? false;
  const seconds = numberOf('seconds', values.seconds, quick ? 1 : 60, 0.1, 3_600);
  const whole = quick || values.only !== undefined ? '../results/partial.json' : '../results/dispatch.json';
  return {
    only: sectionsOf(values.only),
    nodes: numberOf('nodes', values.nodes, quick ? 50 : 500, 1, 10_000, true),
    operators: numberOf('operators', values.operators, quick ? 5 : 25, 1, 1_000, true),
    requesters: numberOf('requesters', values.requesters, quick ? 2 : 10, 1, 1_000, true),
    credits: numberOf('credits', values.credits, 8, 1, 4_096, true),
    serviceMs: numberOf('service-ms', values['service-ms'], 0, 0, 60_000),
    seconds,
    pacedSeconds: seconds / 2,
    warmupSeconds: Math.min(3, seconds / 2),
    connections: numberOf('connections', values.connections, quick ? 32 : 192, 1, 4_096, true),
    batchConnections: numberOf('batch-connections', values['batch-connections'], quick ? 4 : 24, 1, 1_024, true),
    batchSize: numberOf('batch-size', values['batch-size'], 100, 1, 1_000, true),
    runs: numberOf('runs', values.runs, quick ? 1 : 3, 1, 100, true),
    reports: values.reports ?? false,
    idempotency: values.idempotency ?? false,
    sizes: quick ? QUICK_SIZES : SIZES,
    ...(values.profile === undefined ? {} : { profileDir: values.profile }),
    server: values.server ?? here('../../apps/cli/src/main.ts'),
    out: values.out ?? here(whole),
  };
}

function sectionsOf(text: string | undefined): Section[] {
  if (text === undefined) return [...SECTIONS];
  const asked = text.split(',').map((name) => name.trim());
  for (const name of asked) {
    if (!SECTIONS.includes(name as Section)) throw new Error(`--only takes some of ${SECTIONS.join(', ')}, not "${name}"`);
  }
  return SECTIONS.filter((section) => asked.includes(section));
}

function numberOf(name: string, text: string | undefined, standard: number, minimum: number, maximum: number, whole = false): number {
  if (text === undefined) return standard;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!(number >= minimum && number <= maximum) || (whole && !Number.isInteger(number)))
    throw new Error(`--${name} takes a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}, not "${text}"`);
  return number;
}
