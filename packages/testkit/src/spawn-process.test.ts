import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { spawnProcess } from './spawn-process.ts';
import { waitFor } from './wait-for.ts';

/** Whether it runs: one that only waits to be collected by its parent does not. */
async function isRunning(pid: number): Promise<boolean> {
  return /^State:\s+[^ZX]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''));
}

describe('spawnProcess', () => {
  it('collects both outputs and passes input and environment', async () => {
    const child = await spawnProcess('sh', ['-c', 'cat; echo "$WORD" >&2'], { input: 'in ', env: { WORD: 'env' } });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.output()).toMatch(/in/);
    expect(child.output()).toMatch(/env/);
  });

  it('tells at once, with the output, when the process ends without what is waited for', async () => {
    const child = await spawnProcess('sh', ['-c', 'echo broken; exit 3']);
    await expect(child.waitForOutput(/ready/)).rejects.toThrow(/code 3.*\nbroken/s);
  });

  it('kills the whole group of a process that does not stop', async () => {
    const child = await spawnProcess('sh', ['-c', `trap '' TERM; sleep 600 & echo "child $!"; wait; sleep 600`]);
    const [, grandchild] = await child.waitForOutput(/child (\d+)/);
    expect(await isRunning(Number(grandchild))).toBe(true);
    expect(await child.stop({ timeoutMs: 50 })).toEqual({ code: null, signal: 'SIGKILL' });
    await waitFor(async () => !(await isRunning(Number(grandchild))));
  });

  it('rejects when there is no such program', async () => {
    await expect(spawnProcess('no-such-program-here')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
