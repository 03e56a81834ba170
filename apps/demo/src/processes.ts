import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { inheritedEnv } from './config.ts';

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
/** A process that does not end on SIGTERM by then is killed. */
const STOP_MS = 20_000;

/** The demo's processes: each in a group of its own, so that Ctrl-C reaches them by us alone and in order. */
export interface Processes {
  /** Starts `deai …` and resolves with the first line of standard output that `ready` accepts. */
  start<T>(name: string, args: string[], env: Record<string, string>, ready: (line: string) => T | undefined): Promise<T>;
  /** Runs `deai … --json` to its end; what it printed. @throws Error with its own words when it fails. */
  run<T>(args: string[], env: Record<string, string>): Promise<T>;
  /** Ends them all, the last started first. */
  stopAll(): Promise<void>;
  readonly logDir: string;
}

interface Running {
  name: string;
  child: ChildProcess;
  exited: Promise<void>;
}

export function createProcesses(dataDir: string): Processes {
  const logDir = join(dataDir, 'logs');
  const running: Running[] = [];

  async function stop({ child, exited }: Running): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  }

  return {
    logDir,
    async start(name, args, env, ready) {
      await mkdir(logDir, { recursive: true });
      const log = join(logDir, `${name}.log`);
      const child = spawn(process.execPath, [CLI, ...args], {
        env: { ...inheritedEnv(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
      running.push({ name, child, exited });
      child.stderr?.pipe(createWriteStream(log));
      return await firstLine(name, child, log, ready);
    },
    async run(args, env) {
      const child = spawn(process.execPath, [CLI, ...args, '--json'], {
        env: { ...inheritedEnv(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
      running.push({ name: args.join(' '), child, exited });
      const [output, problem] = await Promise.all([text(child.stdout as Readable), text(child.stderr as Readable), exited]);
      if (child.exitCode !== 0)
        throw new Error(`deai ${args.join(' ')}: ${problem.trim() || output.trim() || `exit code ${child.exitCode}`}`);
      return JSON.parse(output);
    },
    async stopAll() {
      for (const one of running.reverse()) await stop(one);
    },
  };
}

function firstLine<T>(name: string, child: ChildProcess, log: string, ready: (line: string) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`${name} ended before it was ready; its log is ${log}`));
    child.once('error', reject);
    child.once('close', fail);
    // Reading on to the end keeps the pipe from filling up.
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const value = ready(line);
      if (value === undefined) return;
      child.off('close', fail);
      resolve(value);
    });
  });
}
