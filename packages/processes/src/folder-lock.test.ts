import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '@deai/testkit';
import { describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';
import { startTimeOf } from './processes.ts';

const FREE_PID = 2_147_483_646;

describe('the lock of a folder', () => {
  it('is refused while its owner lives, and free after release', async () => {
    const dir = await tempDir();
    const lock = await lockFolder(dir);
    await expect(lockFolder(dir)).rejects.toMatchObject({ name: 'FolderInUseError', folder: dir, pid: process.pid });
    await lock.release();
    await (await lockFolder(dir)).release();
    expect(await readdir(dir)).toEqual(['owner-2.lock']);
  });

  it.each([
    ['a process that is gone', () => JSON.stringify({ pid: FREE_PID, startTime: '1' })],
    ['a process whose pid another one has now', () => JSON.stringify({ pid: process.pid, startTime: 'long ago' })],
    ['a write that was cut short', () => '{"pi'],
  ])('of %s is taken over', async (_, left) => {
    const dir = await tempDir();
    await writeFile(join(dir, 'owner-6.lock'), left());
    await lockFolder(dir);
    expect(JSON.parse(await readFile(join(dir, 'owner-7.lock'), 'utf8'))).toEqual({
      pid: process.pid,
      startTime: await startTimeOf(process.pid),
    });
  });

  it('goes to exactly one of many that take over a stale one at once', async () => {
    for (let round = 0; round < 50; round += 1) {
      const dir = await tempDir();
      await writeFile(join(dir, 'owner-1.lock'), JSON.stringify({ pid: FREE_PID, startTime: '1' }));
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(dir)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(dir)).toEqual(['owner-2.lock']);
    }
  });

  it('is never held by two while many take and release it', async () => {
    const dir = await tempDir();
    let holders = 0;
    let taken = 0;
    const contend = async (): Promise<void> => {
      for (let turn = 0; turn < 60; turn += 1) {
        const lock = await lockFolder(dir).catch(() => undefined);
        if (!lock) continue;
        holders += 1;
        taken += 1;
        expect(holders).toBe(1);
        await readdir(dir);
        holders -= 1;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 6 }, contend));
    expect(taken).toBeGreaterThan(1);
  });
});
