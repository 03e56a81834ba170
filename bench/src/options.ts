import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What is measured, and for how long. */
export interface BenchOptions {
  nodes: number;
  operators: number;
  requesters: number;
  credits: number;
  /** What a node takes for one task. 0 answers in the next turn of the event loop. */
  serviceMs: number;
  seconds: number;
  warmupSeconds: number;
  connections: number;
  batchConnections: number;
  batchSize: number;
  runs: number;
  /** Nodes report the start of each task, as the agent does. */
  reports: boolean;
  /** Submissions carry an Idempotency-Key, as the SDK's do. */
  idempotency: boolean;
  /** Where the server writes its CPU profile. */
  profileDir?: string;
  /** The CLI's entry. */
  server: string;
  out: string;
}

export const HELP = `Measures the whole network on this machine and writes the figures to a file.

  make bench            (npm run bench -- [options])

  --quick               about three seconds with 50 nodes: does it work at all
  --runs <n>            runs on a fresh network each; the figures are medians         (1)
  --seconds <n>         length of each scenario                                        (20)
  --nodes <n>           simulated nodes, a WebSocket session each                      (500)
  --operators <n>       users the nodes belong to                                      (25)
  --requesters <n>      users who submit, an API key each                              (10)
  --credits <n>         tasks a node holds at once                                     (8)
  --service-ms <n>      what a node takes for a task; 0 answers in its next turn       (0)
  --connections <n>     HTTP connections of single submissions                         (128)
  --batch-size <n>      tasks of a batch                                               (100)
  --batch-connections <n>  HTTP connections of batches                                 (16)
  --reports             nodes also report each start, as the agent does
  --idempotency         submissions carry an Idempotency-Key, as the SDK's do
  --profile <folder>    the server writes a CPU profile there
  --server <file>       CLI entry to measure, of another checkout say
  --out <file>          where the figures go                             (bench/results/network.json)
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
  const seconds = numberOf('seconds', values.seconds, quick ? 1 : 20, 0.1, 3_600);
  return {
    nodes: numberOf('nodes', values.nodes, quick ? 50 : 500, 1, 10_000, true),
    operators: numberOf('operators', values.operators, quick ? 5 : 25, 1, 1_000, true),
    requesters: numberOf('requesters', values.requesters, quick ? 2 : 10, 1, 1_000, true),
    credits: numberOf('credits', values.credits, 8, 1, 4_096, true),
    serviceMs: numberOf('service-ms', values['service-ms'], 0, 0, 60_000),
    seconds,
    warmupSeconds: Math.min(3, seconds / 2),
    connections: numberOf('connections', values.connections, quick ? 32 : 128, 1, 4_096, true),
    batchConnections: numberOf('batch-connections', values['batch-connections'], quick ? 4 : 16, 1, 1_024, true),
    batchSize: numberOf('batch-size', values['batch-size'], 100, 1, 1_000, true),
    runs: numberOf('runs', values.runs, 1, 1, 100, true),
    reports: values.reports ?? false,
    idempotency: values.idempotency ?? false,
    ...(values.profile === undefined ? {} : { profileDir: values.profile }),
    server: values.server ?? here('../../apps/cli/src/main.ts'),
    out: values.out ?? here('../results/network.json'),
  };
}

function numberOf(name: string, text: string | undefined, standard: number, minimum: number, maximum: number, whole = false): number {
  if (text === undefined) return standard;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!(number >= minimum && number <= maximum) || (whole && !Number.isInteger(number)))
    throw new Error(`--${name} takes a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}, not "${text}"`);
  return number;
}
