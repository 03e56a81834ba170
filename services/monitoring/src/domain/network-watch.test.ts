import { DeaiError, type NetworkStats, type NodeStats, type TaskStats } from '@deai/protocol';
import { expect, test } from 'vitest';
import { createNetworkWatch } from './network-watch.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const tasks: TaskStats = {
  pending: 1,
  running: 2,
  completed: 3,
  failed: 4,
  cancelled: 5,
  throughput: 6,
  queueMsP50: 7,
  queueMsP95: 8,
  byKind: [],
};
const nodes: NodeStats = { registered: 9, online: 8, maintenance: 1, offline: 0, credits: { total: 1, used: 0 }, byKind: [], byRegion: [] };

function setUp(before?: NetworkStats) {
  const world = { nowMs: T0, tasks: async () => tasks, nodes: async () => nodes };
  const away = async (): Promise<never> => {
    throw new DeaiError('UNAVAILABLE');
  };
  const watch = createNetworkWatch({ tasks: () => world.tasks(), nodes: () => world.nodes(), before, now: () => world.nowMs });
  return { world, watch, away };
}

test('tells what both services say', async () => {
  const { world, watch } = setUp();
  expect(watch.known).toBe(false);
  await watch.refresh();
  world.nowMs += 1_500;
  expect(watch.stats).toEqual({
    at: '2026-01-01T00:00:00.000Z',
    activeNodes: 8,
    registeredNodes: 9,
    pendingTasks: 1,
    runningTasks: 2,
    completedTasks: 3,
    failedTasks: 4,
    throughput: 6,
    queueMsP50: 7,
    queueMsP95: 8,
    uptimeS: 1.5,
  });
  expect(watch.problems).toEqual([]);
  expect(watch.known).toBe(true);
});

test('keeps the last known numbers, with the time they are from, while a service is away', async () => {
  const { world, watch, away } = setUp();
  await watch.refresh();
  world.tasks = away;
  world.nowMs += 12_000;
  await watch.refresh();
  expect(watch.stats).toMatchObject({ at: '2026-01-01T00:00:00.000Z', pendingTasks: 1, activeNodes: 8 });
  expect(watch.problems).toEqual(['task-manager last answered 12 s ago: A service this request needs is not answering.']);
  world.tasks = async () => ({ ...tasks, pending: 100 });
  await watch.refresh();
  expect(watch.stats).toMatchObject({ at: '2026-01-01T00:00:12.000Z', pendingTasks: 100 });
  expect(watch.problems).toEqual([]);
});

test('tells the last sample of before a restart until the services have answered', async () => {
  const first = setUp();
  await first.watch.refresh();
  const { watch, world, away } = setUp({ ...first.watch.stats, at: '2025-12-31T23:00:00.000Z' });
  world.nodes = away;
  expect(watch.known).toBe(true);
  await watch.refresh();
  expect(watch.stats).toMatchObject({ at: '2025-12-31T23:00:00.000Z', activeNodes: 8, pendingTasks: 1 });
  expect(watch.problems).toEqual(['node-manager has not answered yet: A service this request needs is not answering.']);
});
