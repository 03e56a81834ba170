import { describe, expect, it } from 'vitest';
import { median } from './report.ts';

describe('the median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[1, 10, 2, 100], 6],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });
});
