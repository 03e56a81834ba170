import { describe, expect, it } from 'vitest';
import { createKeyed } from './keyed-store.ts';

describe('a keyed store', () => {
  it('tells listeners of a key at the flush, once, however often it changed', () => {
    const store = createKeyed<number>(10);
    const heard: string[] = [];
    const stop = store.subscribe('a', () => heard.push(`a ${store.get('a')}`));
    store.subscribe('b', () => heard.push('b'));
    store.onChanged((keys) => heard.push([...keys].join()));
    for (const value of [1, 2, 3]) store.set('a', value);
    expect(heard).toEqual([]);
    store.flush();
    store.flush();
    expect(heard).toEqual(['a', 'a 3']);
    stop();
    store.set('a', 4);
    store.flush();
    expect(heard).toEqual(['a', 'a 3', 'a']);
  });
  it('forgets what changed longest ago, and never keeps more than its limit', () => {
    const store = createKeyed<number>(10);
    const kept = () => Array.from({ length: 1_000 }, (_, i) => `k${i}`).filter((key) => store.get(key) !== undefined);
    for (let i = 0; i < 1_000; i++) {
      store.set(`k${i}`, i);
      expect(kept().length).toBeLessThanOrEqual(10);
      expect(store.get(`k${i}`)).toBe(i);
    }
    expect(kept()).toContain('k996');
    store.clear();
    expect(kept()).toEqual([]);
  });
});
