import { spawn } from 'node:child_process';
import { cleanUpAtEnd } from './cleanup.ts';
import { waitFor } from './wait-for.ts';

/** How a process ended. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process started by a test, in a process group of its own. */
export interface SpawnedProcess {
  readonly pid: number;
  /** Everything it printed so far, stdout and stderr in order of arrival. */
  output(): string;
  /** Resolves with the match once the output matches; rejects when it ends or the time (default 45 s) is over before. */
  waitForOutput(pattern: RegExp, options?: { timeoutMs?: number }): Promise<RegExpMatchArray>;
  /** Resolves when it has ended and all its output has been read. */
  readonly exited: Promise<ProcessExit>;
  /** Signals the process alone. */
  kill(signal?: NodeJS.Signals): void;
  /** Signals the process, after `timeoutMs` (default 15 000) kills its whole group, and resolves when it has ended. */
  stop(options?: { signal?: NodeJS.Signals; timeoutMs?: number }): Promise<ProcessExit>;
}

/** What a spawned process gets besides its arguments. */
export interface SpawnOptions {
  cwd?: string;
  /** Added to our own environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Written to its stdin, which is then closed. */
  input?: string;
}

/** Starts a program; at the end of the file its whole group is killed, so nothing it started survives the tests. */
export async function spawnProcess(command: string, args: readonly string[] = [], options: SpawnOptions = {}): Promise<SpawnedProcess> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  // A program that ends without reading its input is not an error of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  let ended: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => {
      ended = { code, signal };
      resolve(ended);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid as number;
  const killGroup = (): void => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group is gone.
    }
  };
  // The worker may be ended before the hooks run.
  process.once('exit', killGroup);
  cleanUpAtEnd(async () => {
    killGroup();
    await exited;
    process.removeListener('exit', killGroup);
  });

  return {
    pid,
    exited,
    output: () => output,
    waitForOutput: async (pattern, { timeoutMs = 45_000 } = {}) => {
      const seen = await waitFor(() => pattern.exec(output) ?? ended, { timeoutMs, what: `${pattern} in the output of ${command}` }).catch(
        (error: Error) => Promise.reject(new Error(`${error.message}; its output:\n${output}`)),
      );
      const match = Array.isArray(seen) ? seen : pattern.exec(output);
      if (!match)
        throw new Error(`${command} ended (code ${ended?.code}, signal ${ended?.signal}) without ${pattern}; its output:\n${output}`);
      return match;
    },
    kill: (signal = 'SIGTERM') => {
      child.kill(signal);
    },
    stop: async ({ signal = 'SIGTERM', timeoutMs = 15_000 } = {}) => {
      child.kill(signal);
      const impatience = setTimeout(killGroup, timeoutMs);
      const exit = await exited;
      clearTimeout(impatience);
      return exit;
    },
  };
}
