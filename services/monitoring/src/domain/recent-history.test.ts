import type { NetworkStats } from '@deai/protocol';
import { expect, test } from 'vitest';
import { createRecentHistory } from './recent-history.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const statsAt = (s: number): NetworkStats => ({
  at: new Date(T0 + s * 1_000).toISOString(),
  activeNodes: 1,
  registeredNodes: 1,
  pendingTasks: 0,
  runningTasks: 0,
  completedTasks: s,
  failedTasks: 0,
  throughput: 1,
  queueMsP50: 1,
  queueMsP95: 1,
  uptimeS: s,
});
const secondsOf = (samples: NetworkStats[]) => samples.map(({ completedTasks }) => completedTasks);
function filled(seconds: number) {
  const recent = createRecentHistory(5_000);
  for (let s = 0; s < seconds; s++) recent.add(statsAt(s));
  return recent;
}

test('has something to tell with the second sample, long before a step is over', () => {
  const recent = createRecentHistory(5_000);
  expect([recent.sinceMs, recent.samples(0, 1)]).toEqual([undefined, []]);
  recent.add(statsAt(1));
  recent.add(statsAt(2));
  expect(secondsOf(recent.samples(0, 1))).toEqual([1, 2]);
  expect(recent.sinceMs).toBe(T0 + 1_000);
});

test('keeps the first sample of each step, and the newest', () => {
  expect(secondsOf(filled(18).samples(0, 1))).toEqual([0, 5, 10, 15, 17]);
  expect(secondsOf(filled(18).samples(T0 + 5_000, 1))).toEqual([10, 15, 17]);
});

test('forgets the oldest: an hour of samples is the last quarter of one', () => {
  const recent = filled(3_600);
  const samples = secondsOf(recent.samples(0, 1));
  expect(samples).toHaveLength(181);
  expect([samples[0], samples.at(-1)]).toEqual([2_700, 3_599]);
  expect(recent.sinceMs).toBe(T0 + 2_700_000);
});

test('thins out to one sample a bin, and tells the newest all the same', () => {
  expect(secondsOf(filled(183).samples(0, 60_000))).toEqual([55, 115, 175, 182]);
});

test('leaves out what is not newer: numbers of a service that is away', () => {
  const recent = filled(7);
  recent.add(statsAt(6));
  recent.add(statsAt(3));
  expect(secondsOf(recent.samples(0, 1))).toEqual([0, 5, 6]);
});
