import { expect, test } from 'vitest';
import { createFrameAllowance } from './frame-allowance.ts';

test('allows so many frames in a minute, and as many in the next', () => {
  let now = 0;
  const may = createFrameAllowance(2, () => now);
  expect([may(), may(), may(), may()]).toEqual([true, true, false, false]);
  now = 59_999;
  expect(may()).toBe(false);
  now = 60_000;
  expect([may(), may(), may()]).toEqual([true, true, false]);
});
