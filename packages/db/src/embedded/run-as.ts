import { constants, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { DeaiError } from '@deai/protocol';

/** Who runs the server, and the words that go before its command line. */
export interface RunAs {
  /** Undefined: the user we are. */
  user: { uid: number; gid: number } | undefined;
  prefix: string[];
}

/** What {@link decideRunAs} looks at. */
export interface RunAsQuestion {
  /** The cluster's folder; it may not exist yet, its parent must. */
  clusterDir: string;
  program: string;
}

const OWN_DATABASE = 'or set DATABASE_URL to a PostgreSQL of your own.';
/** Bits of CapBnd in /proc/self/status. */
const CAPABILITY = { dac_override: 1n, dac_read_search: 2n } as const;

/**
 * PostgreSQL refuses to run as root. An ordinary user runs it directly; root hands it to the cluster's owner, else `postgres`, else `nobody`.
 * @throws DeaiError `CONFIG_INVALID` with what to do, when that is impossible here.
 */
export async function decideRunAs({ clusterDir, program }: RunAsQuestion): Promise<RunAs> {
  const ownUid = process.getuid?.() ?? -1;
  const owner = await stat(clusterDir).catch(() => undefined);
  if (ownUid !== 0) {
    if (owner && owner.uid !== ownUid) {
      const hint = 'Start it as that user, or give another data folder.';
      throw new DeaiError('CONFIG_INVALID', { reason: `${clusterDir} belongs to the user with id ${owner.uid}`, hint });
    }
    return { user: undefined, prefix: [] };
  }
  const setpriv = findInPath('setpriv');
  if (!setpriv) {
    const hint = `Start it as an ordinary user, install setpriv (package util-linux), ${OWN_DATABASE}`;
    throw new DeaiError('CONFIG_INVALID', { reason: 'PostgreSQL does not run as root, and there is no setpriv to change the user', hint });
  }
  const user = owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : await serverUser();
  const change = [setpriv, `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return { user, prefix: [...change, ...(await capabilityOptions(user, clusterDir, program)), '--'] };
}

function findInPath(program: string): string | undefined {
  // Service managers and cron give root a PATH without the system's folders.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

async function serverUser(): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const entry = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(entry?.[2] ?? 65_534), gid: Number(entry?.[3] ?? 65_534) };
}

/**
 * A folder below a private one (a 0700 home, a mktemp folder) cannot be reached by another user. Instead of opening up folders that are not
 * ours, the server keeps the one capability that lets it pass, and loses every other one.
 */
async function capabilityOptions(user: { uid: number; gid: number }, clusterDir: string, program: string): Promise<string[]> {
  const paths = [...ancestors(clusterDir), ...ancestors(program)];
  const closed: string[] = [];
  for (const path of new Set(paths)) if (!(await mayExecute(path, user))) closed.push(path);
  const programClosed = !(await mayExecute(program, user));
  if (closed.length === 0 && !programClosed) return [];

  const bounding = await boundingSet();
  const has = (name: keyof typeof CAPABILITY): boolean => ((bounding >> CAPABILITY[name]) & 1n) === 1n;
  // dac_read_search opens folders, but only dac_override runs a program whose mode forbids it.
  const wanted = !programClosed && has('dac_read_search') ? 'dac_read_search' : has('dac_override') ? 'dac_override' : undefined;
  if (!wanted) {
    const hint = `Let other users pass (chmod o+x ${[...closed, ...(programClosed ? [program] : [])].join(' ')}), ${OWN_DATABASE}`;
    throw new DeaiError('CONFIG_INVALID', { reason: `the user with id ${user.uid} cannot reach the data or the programs`, hint });
  }
  // Without no_setuid_fixup, access(2) would ignore the capability.
  const sets = ['--bounding-set', '--inh-caps', '--ambient-caps'].map((option) => `${option}=-all,+${wanted}`);
  return ['--securebits=+no_setuid_fixup', ...sets];
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestors(parent)];
}

async function mayExecute(path: string, user: { uid: number; gid: number }): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  if (uid === user.uid) return (mode & constants.S_IXUSR) !== 0;
  if (gid === user.gid) return (mode & constants.S_IXGRP) !== 0;
  return (mode & constants.S_IXOTH) !== 0;
}

async function boundingSet(): Promise<bigint> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const digits = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return digits ? BigInt(`0x${digits}`) : 0n;
}
