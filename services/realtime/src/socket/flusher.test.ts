import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFlusher } from './flusher.ts';

test('the first flush does not wait, those within the gap leave together at its end', async () => {
  const flusher = createFlusher(50);
  const begun = performance.now();
  const first = new Promise<void>((resolve) => flusher.add(resolve));
  await nextTurn();
  await first;
  let flushed = 0;
  const flush = () => flushed++;
  flusher.add(flush);
  flusher.add(flush);
  await new Promise<void>((resolve) => flusher.add(resolve));
  expect(flushed).toBe(1);
  // Timers count whole milliseconds.
  expect(performance.now() - begun).toBeGreaterThan(48);
});
