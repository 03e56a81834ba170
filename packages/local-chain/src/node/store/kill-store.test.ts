import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnProcess, tempDir } from '@deai/testkit';
import { expect, it } from 'vitest';
import { openFileStore } from './file-store.ts';

const FIXTURE = join(import.meta.dirname, 'commit-forever.fixture.ts');
const ROUNDS = 20;

/** What the fixture's state must be at a height. */
function expectedSlots(head: number): Map<string, string> {
  const slots = new Map<string, string>();
  for (let height = Math.max(1, head - 60); height <= head; height += 1) {
    slots.set(`slot${height % 50}`, String(height));
    slots.delete(`slot${(height + 25) % 50}`);
  }
  return slots.set('head', String(head));
}

it('keeps every acknowledged block through kills amid new segments and snapshots', { timeout: 120_000 }, async () => {
  const dataDir = await tempDir();
  let acknowledged = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = await spawnProcess(process.execPath, [FIXTURE, dataDir]);
    await child.waitForOutput(/\d+\n/, { timeoutMs: 20_000 });
    await delay(Math.random() * 150);
    child.kill('SIGKILL');
    await child.exited;
    acknowledged = Math.max(acknowledged, ...(child.output().match(/^\d+(?=\n)/gm) ?? []).map(Number));

    const store = await openFileStore({ dataDir });
    const state = new Map(Array.from(await store.load(), ({ key, value }) => [key, Buffer.from(value).toString()]));
    const head = Number(state.get('head'));
    expect(head).toBeGreaterThanOrEqual(acknowledged);
    expect(state).toEqual(expectedSlots(head));
    for (let height = 1; height <= head; height += 1) {
      expect(Buffer.from(store.readHistory(`block/${height}`) ?? '').toString()).toBe(`{"height":${height}}`);
    }
    await store.close();
  }
  expect((await readdir(dataDir)).some((name) => /^snapshot-\d+\.deai$/.test(name))).toBe(true);
});
