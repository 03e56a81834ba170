import { expect, it } from 'vitest';
import { createLastUses } from './last-uses.ts';

function world() {
  const written: Record<string, number>[] = [];
  const state = { nowMs: 1, fail: false };
  const recordUses = async (uses: ReadonlyMap<string, Date>) => {
    if (state.fail) throw new Error('no database');
    written.push(Object.fromEntries([...uses].map(([id, at]) => [id, at.getTime()])));
  };
  return { written, state, lastUses: createLastUses({ recordUses }, () => state.nowMs) };
}

it('writes many uses of a key once, with the last time', async () => {
  const { written, state, lastUses } = world();
  for (state.nowMs = 1; state.nowMs <= 1_000; state.nowMs++) lastUses.record('a');
  lastUses.record('b');
  await lastUses.flush();
  await lastUses.flush();
  expect(written).toEqual([{ a: 1_000, b: 1_001 }]);
});

it('keeps what could not be written, but not over what came later', async () => {
  const { written, state, lastUses } = world();
  lastUses.record('a');
  lastUses.record('b');
  state.fail = true;
  const failing = lastUses.flush();
  state.nowMs = 5;
  lastUses.record('b');
  await expect(failing).rejects.toThrow('no database');
  state.fail = false;
  await lastUses.flush();
  expect(written).toEqual([{ a: 1, b: 5 }]);
});
