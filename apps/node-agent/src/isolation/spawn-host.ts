import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lane, Reach } from '../executors/executor.spec.ts';

const HOST = fileURLToPath(new URL('./executor-host.ts', import.meta.url));
const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Starts a child process for a lane's executor: no environment, a heap limit and, for executors that need neither network nor
 * native code, Node's permission model with read access to the installed packages alone.
 */
export function spawnHost(lane: Lane, nodeRunner: string): ChildProcess {
  return fork(HOST, [], {
    execPath: nodeRunner,
    execArgv: [`--max-old-space-size=${lane.heapMiB}`, '--disable-warning=SecurityWarning', ...permissions(lane.reach)],
    env: { LANG: 'C.UTF-8' },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
}

function permissions(reach: Reach): string[] {
  if (reach !== 'sandboxed') return [];
  return ['--permission', '--allow-worker', ...readableRoots().map((path) => `--allow-fs-read=${path}`)];
}

/** This package, the protocol package and every `node_modules` above them, by their real paths: workspaces are links. */
function readableRoots(): string[] {
  const protocol = realpathSync(join(dirname(fileURLToPath(import.meta.resolve('@deai/protocol'))), '..'));
  const own = realpathSync(PACKAGE_ROOT);
  const roots = new Set([join(own, 'src'), join(own, 'package.json'), protocol]);
  for (const start of [own, protocol]) {
    for (let at = start; at !== dirname(at); at = dirname(at)) {
      const modules = join(at, 'node_modules');
      if (existsSync(modules)) roots.add(modules);
      // The loader looks for the package scope of each file on its way up.
      if (existsSync(join(at, 'package.json'))) roots.add(join(at, 'package.json'));
    }
  }
  return [...roots];
}
