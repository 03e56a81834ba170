import { describe, expect, it } from 'vitest';
import type { LedgerLine } from '../../api/types.ts';
import { chartTokens, usageOf } from './usage.ts';

const ONE = 10n ** 24n;
const line = (at: string, account: LedgerLine['account'], tokens: number): LedgerLine => ({
  id: at,
  at: `2026-01-01T${at}.000Z`,
  reason: 'completion',
  account,
  amountYocto: String((BigInt(Math.round(tokens * 1_000)) * ONE) / 1_000n),
  tasks: 1,
});

describe('usageOf', () => {
  it('sums up what was paid: what left the hold, less what came back', () => {
    const lines = [
      line('10:00:01', 'held', -2),
      line('10:00:01', 'available', 0.5),
      line('10:00:25', 'held', -1),
      line('10:00:25', 'earned', 9),
    ];
    const { buckets, total, step } = usageOf(lines, 'held');
    expect(buckets.map(({ tokens }) => tokens).slice(-4)).toEqual([0, 1.5, 0, 1]);
    expect([total, step]).toEqual([2.5, 'every 10 seconds']);
  });
  it('takes wider bars for longer times', () => {
    expect(usageOf([line('01:00:00', 'earned', 1), line('22:00:00', 'earned', 1)], 'earned')).toMatchObject({ step: 'an hour', total: 2 });
  });
  it('has no bars without lines', () => {
    expect(usageOf([line('10:00:00', 'earned', 1)], 'held').buckets).toEqual([]);
  });
});

describe('chartTokens', () => {
  it('writes small amounts in decimals, and tiny ones by their power of ten', () => {
    const labels = [0, 4e-4, 0.00025, 1.5e-6, 4e-7, 0.1234, 1_234].map(chartTokens);
    expect(labels).toEqual(['0', '0.0004', '0.00025', '0.0000015', '4.0e-7', '0.123', '1,230']);
  });
});
