import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('work of one key runs in order, also after a failure; another key does not wait', async () => {
  const { inTurn } = createTurns();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = inTurn('a', async () => {
    await gate.promise;
    seen.push('first');
    throw new Error('first');
  });
  const second = inTurn('a', async () => seen.push('second'));
  await inTurn('b', async () => seen.push('other'));
  gate.resolve();
  await expect(first).rejects.toThrow('first');
  await second;
  expect(seen).toEqual(['other', 'first', 'second']);
});
