import { describe, expect, it } from 'vitest';
import { ago, bar, duration, tokens } from './format.ts';

describe('amounts', () => {
  it.each([
    ['0', '0 DEAI'],
    ['1000000000000000000000000', '1 DEAI'],
    ['-1500000000000000000000000', '-1.5 DEAI'],
    ['1234567890000000000000000', '1.234567 DEAI'],
    ['234567', '0.000000000000000000234 DEAI'],
    ['-200000000000000000', '-0.0000002 DEAI'],
    ['1', '0.000000000000000000000001 DEAI'],
    [null, '–'],
  ])('%s yocto are shown as %s', (yocto, text) => expect(tokens(yocto)).toBe(text));
});

describe('times', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_500, '1.5 s'],
    [59_400, '59 s'],
    [61_000, '1 min 1 s'],
    [7_260_000, '2 h 1 min'],
    [200_000_000, '2 d 7 h'],
    [null, '–'],
  ])('%s ms last %s', (ms, text) => expect(duration(ms)).toBe(text));
  it('are told from now, both ways', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(ago('2025-12-31T23:59:18Z', now)).toBe('42 s ago');
    expect(ago('2026-01-01T00:02:00Z', now)).toBe('in 2 min');
    expect(ago('2026-01-01T00:00:00Z', now)).toBe('now');
    expect(ago(null, now)).toBe('–');
  });
});

describe('bars', () => {
  it('have their width, whatever the part', () => {
    expect(bar(0.5, 4)).toBe('██░░');
    expect(bar(-1, 4)).toBe('░░░░');
    expect(bar(9, 4)).toBe('████');
  });
});
