import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Runs the tests with what they need. Programs that npm does not carry are installed by apt-get when this is root on Debian;
 * elsewhere their tests are skipped, and it is said what to install. DEAI_NO_SKIPS=1 turns a skip into a failure.
 */
const PROGRAMS = [
  { command: 'nats-server', debian: 'nats-server' },
  { command: 'redis-server', debian: 'redis-server' },
  { command: 'ps', debian: 'procps' },
  { command: 'zsh', debian: 'zsh' },
  { command: 'fish', debian: 'fish' },
  { command: 'chromium', debian: 'chromium' },
  { command: 'curl', debian: 'curl' },
  { command: 'python3', debian: 'python3' },
];

function findCommand(command: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => existsSync(join(folder, command)));
}

function installPrograms(): void {
  const missing = PROGRAMS.filter(({ command }) => !findCommand(command));
  if (missing.length === 0) return;
  const packages = missing.map(({ debian }) => debian);
  if (process.getuid?.() !== 0 || !findCommand('apt-get')) {
    console.error(`Skipping the tests that need ${packages.join(', ')}: install with "sudo apt-get install ${packages.join(' ')}".`);
    return;
  }
  console.error(`Installing ${packages.join(', ')} for the tests…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) => spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
  run('update');
  const { status } = run('install', '-y', '--no-install-recommends', ...packages);
  if (status !== 0) console.error(`apt-get could not install ${packages.join(', ')}: their tests are skipped.`);
}

function runTests(args: string[]): Promise<{ code: number; skipped: number }> {
  const vitest = spawn('vitest', ['run', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let tail = '';
  vitest.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString()).slice(-500);
  });
  return new Promise((resolve) => {
    vitest.on('close', (code) => resolve({ code: code ?? 1, skipped: Number(/(\d+) skipped\s*$/.exec(tail)?.[1] ?? 0) }));
  });
}

const { positionals } = parseArgs({ allowPositionals: true, strict: false });
installPrograms();
const { code, skipped } = await runTests(positionals);
const forbidden = process.env.DEAI_NO_SKIPS === '1' && skipped > 0;
if (forbidden) console.error(`${skipped} tests were skipped, and DEAI_NO_SKIPS=1 forbids that.`);
process.exitCode = forbidden ? 1 : code;
