import { expect, test } from 'vitest';
import type { SettlementBatch } from './types.ts';
import { withBatch } from './with-batch.ts';

const batch = (number: number, state: SettlementBatch['state'] = 'posted') => ({ number, state }) as SettlementBatch;
const listed = (...pages: number[][]) => ({
  pages: pages.map((numbers) => ({ items: numbers.map((number) => batch(number)), nextCursor: null })),
  pageParams: pages.map(() => undefined),
});
const told = (list: ReturnType<typeof withBatch>) => list.pages.map(({ items }) => items.map(({ number, state }) => `${number} ${state}`));

test('a new batch comes first, a known one changes at its place, an older one is left out', () => {
  const list = listed([5, 4], [3]);
  expect(told(withBatch(list, batch(6)))).toEqual([['6 posted', '5 posted', '4 posted'], ['3 posted']]);
  expect(told(withBatch(list, batch(3, 'final')))).toEqual([['5 posted', '4 posted'], ['3 final']]);
  expect(withBatch(list, batch(2))).toBe(list);
  expect(told(withBatch(listed([]), batch(1)))).toEqual([['1 posted']]);
  expect(withBatch(listed(), batch(1)).pages).toEqual([]);
});
