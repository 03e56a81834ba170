import { describe, expect, it } from 'vitest';
import { median, medianOrNull } from './medians.ts';

describe('the median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[1, 10, 2, 100], 6],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });
  it('is not known when one of the values is not', () => {
    expect(medianOrNull([1, null, 3])).toBeNull();
    expect(medianOrNull([1, 2, 3])).toBe(2);
  });
});
