import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BenchOptions } from '../options.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { type DatabaseAddress, findDatabase } from './database.ts';

/** The network under test: the shipped CLI in a process of its own, with its own PostgreSQL on a data folder of ours. */
export interface RunningServer {
  url: string;
  pid: number;
  /** Its embedded database. */
  database: DatabaseAddress;
  dataDir: string;
  /** From spawning to serving: on a fresh folder a new database cluster and all migrations are in it. */
  startMs: number;
  /** Settings of the server that were taken over from our environment. */
  settings: Record<string, string>;
  /** Lines it has logged so far, at `warn` and above. */
  warnings(): number;
  /** Ends it as a crash would, and resolves when it is gone. */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
/** The server's own settings may be tried out from outside; everything else is as shipped. */
const TUNABLE = /^DEAI_((TASKS|NODES|REWARD|REALTIME|MONITORING|DB|SETTLE)_|SETTLEMENT$)/;

/** Starts `up` on a fresh folder and waits until it serves; the clean-up stops it and removes its data. @throws Error when it does not come up. */
export async function startServer(options: BenchOptions, cleanup: Cleanup): Promise<RunningServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'deai-bench-'));
  cleanup.add(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  return await startServerOn(dataDir, options, cleanup);
}

/** Starts `up` on a folder that may hold data; the clean-up stops it. @throws Error when it does not come up. */
export async function startServerOn(dataDir: string, options: BenchOptions, cleanup: Cleanup): Promise<RunningServer> {
  const profile = options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`];
  const settings = Object.fromEntries(Object.entries(process.env).filter(([name]) => TUNABLE.test(name))) as Record<string, string>;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...profile, options.server, 'up', '--port', '0', '--data-dir', dataDir, '--json'], {
    env: { ...withoutOurs(process.env), ...SERVER_ENV, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = forwardLog(child);
  cleanup.add(() => {
    log.mute();
    return stopServer(child, 'SIGTERM');
  });
  const url = await untilServing(child);
  const startMs = performance.now() - startedAt;
  const database = await findDatabase(dataDir);
  const kill = () => stopServer(child, 'SIGKILL');
  return { url, pid: child.pid as number, database, dataDir, startMs, settings, warnings: log.lines, kill };
}

const SERVER_ENV = {
  DEAI_LOG_LEVEL: 'warn',
  // Measured by itself; DEAI_SETTLEMENT=on puts the chain and the bridge into the server.
  DEAI_SETTLEMENT: 'off',
  DEAI_STARTING_CREDIT: '1000000000',
  // Limits are counted, as they are in use, and never reached.
  DEAI_GATEWAY_RATE_LIMIT: '1000000000',
  DEAI_GATEWAY_AUTH_RATE_LIMIT: '1000000000',
};

function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(DEAI_|DATABASE_URL$|NATS_URL$|NODE_OPTIONS$)/.test(name)));
}

const SHOWN_LINES = 10;
const SHOWN_CHARS = 600;

/** Shows the first lines of the server's log, cut to a readable length, and counts all. Muted, it does neither. */
function forwardLog(child: ChildProcess): { lines(): number; mute(): void } {
  let lines = 0;
  let muted = false;
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    if (muted) return;
    lines++;
    if (lines <= SHOWN_LINES) console.error(`server: ${line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line}`);
    if (lines === SHOWN_LINES) console.error('server: … (further lines are only counted)');
  });
  return {
    lines: () => lines,
    // Its nodes are gone by the time it is told to stop, which it remarks on.
    mute() {
      muted = true;
    },
  };
}

async function untilServing(child: ChildProcess): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the network did not come up in time')), START_TIMEOUT_MS);
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`the network ended while starting (${code ?? signal})`)));
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        const url = urlIn(line);
        if (url !== undefined) resolve(url);
      });
    });
  } finally {
    clearTimeout(timer);
  }
}

function urlIn(line: string): string | undefined {
  try {
    const { url } = JSON.parse(line) as { url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}

async function stopServer(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(impatience);
}
