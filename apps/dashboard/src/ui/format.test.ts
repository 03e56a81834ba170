import { describe, expect, it } from 'vitest';
import { dollars, duration, size, tokens } from './format.ts';

describe('amounts', () => {
  it('are told in tokens, whole or as exact as a price wants it', () => {
    expect(tokens(0n)).toBe('0');
    expect(tokens(1_234_567n * 10n ** 24n)).toBe('1,234,567');
    expect(tokens(-(10n ** 18n))).toBe('-0.000001');
  });
  it('are told in dollars to the cent, and further where there is more', () => {
    expect([dollars('0.1'), dollars('12'), dollars('0.00000011')]).toEqual(['$0.10', '$12.00', '$0.00000011']);
  });
});

describe('sizes and durations', () => {
  it('are told in the unit that people would use', () => {
    expect([size(1), size(999), size(1_500), size(2_500_000)]).toEqual(['1 byte', '999 bytes', '1.5 kB', '2.5 MB']);
    expect([duration(0.25), duration(12.4), duration(1_500), duration(90_000)]).toEqual(['0.3 ms', '12 ms', '1.5 s', '1 min 30 s']);
  });
});
