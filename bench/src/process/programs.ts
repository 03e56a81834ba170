import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Cleanup } from './cleanup.ts';

/** The path of a program, or `undefined` when it is not installed. */
export function findProgram(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin'].filter(Boolean);
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

/** Installs what is missing by apt-get when this is root on Debian; elsewhere says what to install. Program and package have one name. */
export function installPrograms(commands: readonly string[], say: (line: string) => void): void {
  const missing = commands.filter((command) => !findProgram(command));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) {
    say(`left out: what needs ${missing.join(', ')}; install with "sudo apt-get install ${missing.join(' ')}"`);
    return;
  }
  say(`installing ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) => spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
  run('update');
  const { status } = run('install', '-y', '--no-install-recommends', ...missing);
  if (status !== 0) say(`apt-get could not install ${missing.join(', ')}: what needs them is left out`);
}

/** Starts a program that runs until the clean-up. @throws Error when it cannot be started. */
export async function startProgram(command: string, args: string[], cleanup: Cleanup): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: 'ignore' });
  cleanup.add(async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  await once(child, 'spawn');
  return child;
}
