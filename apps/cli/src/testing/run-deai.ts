import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** How a run of the program ended. */
export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  /** Called as output arrives, with all of it so far. */
  onOutput?: (run: { stdout: string; stderr: string }, child: ChildProcess) => void;
}

/** Runs the real program in a process of its own, with nothing of our environment but the path. */
export function runDeai(args: readonly string[], { env = {}, input, onOutput }: RunOptions = {}): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env }, stdio: 'pipe' });
  const killChild = () => child.kill('SIGKILL');
  process.once('exit', killChild);
  const seen = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      seen[name] += text;
      onOutput?.(seen, child);
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.removeListener('exit', killChild);
      resolve({ code, ...seen });
    });
  });
}
