import type { NetworkStats } from '@deai/protocol';
import { expect, test } from 'vitest';
import { createHistory } from './history.ts';
import { createRecentHistory } from './recent-history.ts';

const MINUTE_MS = 60_000;
const NOW = Date.parse('2026-01-01T12:00:00Z');
const minutesAgo = (minutes: number) =>
  ({ at: new Date(NOW - minutes * MINUTE_MS).toISOString(), completedTasks: -minutes }) as NetworkStats;

/** An instance that has been up this long, and a store with a sample of every minute. */
function setUp(upMinutes: number) {
  const recent = createRecentHistory(5_000);
  for (let s = upMinutes * 60; s >= 0; s--) recent.add(minutesAgo(s / 60));
  const asked: [number, number][] = [];
  const store = {
    async history(minutes: number, binMs: number) {
      asked.push([minutes, binMs]);
      return Array.from({ length: minutes }, (_, i) => minutesAgo(minutes - i));
    },
  };
  return { history: createHistory(store, recent, () => NOW), asked };
}
const gapsS = (samples: NetworkStats[]) => {
  const times = samples.map(({ at }) => Date.parse(at) / 1_000);
  return [...new Set(times.slice(1).map((time, i) => time - (times[i] as number)))];
};

test('is told from memory alone, every five seconds, as far as that goes back', async () => {
  const { history, asked } = setUp(10);
  const samples = await history(5);
  expect(samples).toHaveLength(60);
  expect(gapsS(samples)).toEqual([5]);
  expect(samples.at(-1)).toEqual(minutesAgo(0));
  expect(asked).toEqual([]);
});

test('goes on into the minutes before, without telling one twice', async () => {
  const { history } = setUp(15);
  const samples = await history(60);
  expect(gapsS(samples)).toEqual([60, 5]);
  expect(samples.filter(({ completedTasks }) => completedTasks <= -15)).toHaveLength(46);
  expect(samples).toHaveLength(45 + 181);
});

test('has what was stored before a restart', async () => {
  const { history } = setUp(0.5);
  const samples = await history(5);
  expect(samples.map(({ completedTasks }) => completedTasks).slice(0, 6)).toEqual([-5, -4, -3, -2, -1, -0.5]);
  expect(samples.at(-1)).toEqual(minutesAgo(0));
});

test('tells a day minute by minute', async () => {
  const { history, asked } = setUp(15);
  const samples = await history(1_440);
  expect(asked).toEqual([[1_440, MINUTE_MS]]);
  expect(samples.length).toBeLessThanOrEqual(1_442);
});
