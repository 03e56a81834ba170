import { describe, expect, it } from 'vitest';
import { memo } from './memo.ts';

describe('memo', () => {
  it('loads once for everybody, and again when the time is up', async () => {
    let [loads, now] = [0, 0];
    const kept = memo(
      100,
      async () => ++loads,
      () => now,
    );
    expect(await Promise.all([kept.get(), kept.get()])).toEqual([1, 1]);
    now = 99;
    expect(await kept.get()).toBe(1);
    now = 100;
    expect(await kept.get()).toBe(2);
  });

  it('keeps no failure', async () => {
    let loads = 0;
    const kept = memo(100, async () => {
      loads++;
      if (loads === 1) throw new Error('once');
      return loads;
    });
    await expect(kept.get()).rejects.toThrow('once');
    expect(await kept.get()).toBe(2);
  });

  it('forgets when told, also a load under way', async () => {
    let loads = 0;
    const kept = memo(100, async () => ++loads);
    const early = kept.get();
    kept.forget();
    expect([await early, await kept.get()]).toEqual([1, 2]);
  });
});
