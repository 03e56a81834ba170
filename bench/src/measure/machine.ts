import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { nowMs } from './clock.ts';

/** Where the figures come from. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
  os: string;
  /** Durable 4 KiB writes a second, one after the other: what bounds a commit. */
  fdatasyncPerS: number;
  /** Ed25519 verifications a second on one thread: how fast a core was at the time. Shared machines differ by three between hours. */
  verifiesPerS: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    node: process.version,
    os: `${type()} ${release()}`,
    fdatasyncPerS: measureSync(),
    verifiesPerS: measureVerify(),
  };
}

const SYNC_MS = 500;
const VERIFY_MS = 500;

function measureSync(): number {
  const folder = mkdtempSync(join(tmpdir(), 'deai-sync-'));
  const file = openSync(join(folder, 'probe'), 'w');
  try {
    const block = Buffer.alloc(4096, 1);
    const start = nowMs();
    let writes = 0;
    for (; nowMs() - start < SYNC_MS; writes++) {
      writeSync(file, block);
      fdatasyncSync(file);
    }
    return Math.round((writes * 1000) / (nowMs() - start));
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

function measureVerify(): number {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const message = Buffer.alloc(100, 1);
  const signature = sign(null, message, privateKey);
  const start = nowMs();
  let checks = 0;
  for (; nowMs() - start < VERIFY_MS; checks++) verify(null, message, publicKey, signature);
  return Math.round((checks * 1000) / (nowMs() - start));
}

/** The checked-out commit, with `+` when files differ from it; `undefined` outside a checkout. */
export function currentCommit(folder: string): string | undefined {
  const git = (...args: string[]) =>
    execFileSync('git', ['--no-optional-locks', '-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return undefined;
  }
}
