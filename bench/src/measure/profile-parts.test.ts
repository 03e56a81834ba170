import { expect, test } from 'vitest';
import { type CpuProfile, timeByPart } from './profile-parts.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });

const PROFILE: CpuProfile = {
  startTime: 1_000_000,
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 4, 5, 7] },
    { id: 2, callFrame: frame('routeHandler', 'file:///app/node_modules/fastify/lib/route.js'), children: [3] },
    { id: 3, callFrame: frame('writev') },
    { id: 4, callFrame: frame('(idle)') },
    { id: 5, callFrame: frame('send', 'file:///app/node_modules/ws/lib/sender.js'), children: [6] },
    { id: 6, callFrame: frame('stringify') },
    { id: 7, callFrame: frame('processTicks', 'node:internal/process/task_queues') },
  ],
  samples: [2, 3, 4, 5, 6, 7],
  timeDeltas: [1000, 1000, 5000, 1000, 1000, 1000],
};

test('a frame outside all rules counts for its caller, idle time for nothing', () => {
  const times = timeByPart(PROFILE, 0, 2_000);
  expect(times.HTTP).toBe(2000);
  expect(times.WebSocket).toBe(1000);
  expect(times.JSON).toBe(1000);
  expect(times['sockets and the rest of Node']).toBe(1000);
  expect(Object.values(times).reduce((sum, time) => sum + time, 0)).toBe(5000);
});

test('only what lies between the two moments counts', () => {
  // Samples end at 1001, 1002, 1007, 1008, 1009 and 1010 ms.
  const times = timeByPart(PROFILE, 1_002, 1_009);
  expect(times).toMatchObject({ HTTP: 1000, WebSocket: 1000, JSON: 0, 'sockets and the rest of Node': 0 });
});
