import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { nowMs } from './clock.ts';
import { processTree, usageOf } from './proc.ts';

/** Keeps one core busy. */
function burn(ms: number): void {
  const until = nowMs() + ms;
  while (nowMs() < until);
}

describe('the clock', () => {
  it('is the same in another process', () => {
    const script = 'process.stdout.write(String(Number(process.hrtime.bigint()) / 1e6))';
    const before = nowMs();
    const there = Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
    expect(there).toBeGreaterThan(before);
    expect(there).toBeLessThan(nowMs());
  });
});

describe.runIf(process.platform === 'linux')('usage from /proc', () => {
  it('grows with the work done, and agrees with what the process says of itself', () => {
    const [us, own] = [usageOf(process.pid).cpuUs as number, process.cpuUsage()];
    burn(300);
    const used = (usageOf(process.pid).cpuUs as number) - us;
    const { user, system } = process.cpuUsage(own);
    expect(used).toBeGreaterThan(0);
    expect(Math.abs(used - user - system)).toBeLessThan(60_000);
  });
  it('reads the memory that is in use', () => {
    const held = Buffer.alloc(64 * 1024 * 1024, 1);
    expect(usageOf(process.pid).rssMiB).toBeGreaterThan(held.length / 1024 / 1024);
  });
  it('is unknown for a process that does not exist', () => {
    expect(usageOf(2 ** 30)).toEqual({ cpuUs: null, rssMiB: null });
  });
  it('finds the process among the descendants of its parent', () => {
    expect(processTree(process.ppid)).toContain(process.pid);
  });
});
