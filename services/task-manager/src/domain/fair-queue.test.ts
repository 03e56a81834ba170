import { newId } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleTask } from '../testing/samples.ts';
import { createFairQueue } from './fair-queue.ts';

const [ann, bob] = [newId(), newId()];

test('a requester with many tasks does not delay the first task of another by more than one turn', () => {
  const queue = createFairQueue();
  for (let i = 0; i < 10_000; i++) queue.push(sampleTask({ requesterId: ann }));
  for (let i = 0; i < 500; i++) queue.pop();
  queue.push(sampleTask({ requesterId: bob }));
  const next = [queue.pop()?.requesterId, queue.pop()?.requesterId];
  expect(next).toContain(bob);
});

test('a trickle of single tasks gets its share and no more', () => {
  const queue = createFairQueue();
  for (let i = 0; i < 1_000; i++) queue.push(sampleTask({ requesterId: ann }));
  let trickled = 0;
  queue.push(sampleTask({ requesterId: bob }));
  for (let i = 0; i < 200; i++) {
    if (queue.pop()?.requesterId !== bob) continue;
    trickled++;
    queue.push(sampleTask({ requesterId: bob }));
  }
  expect(trickled).toBeGreaterThan(90);
  expect(trickled).toBeLessThan(110);
});

test('priorities share turns by weight, and the lowest is not starved', () => {
  const queue = createFairQueue();
  for (let i = 0; i < 2_100; i++) {
    queue.push(sampleTask({ requesterId: ann, priority: 'high' }));
    queue.push(sampleTask({ requesterId: bob, priority: 'low' }));
  }
  const counts = { high: 0, normal: 0, low: 0 };
  for (let i = 0; i < 1_700; i++) counts[queue.pop()?.priority ?? 'normal']++;
  expect(counts.low).toBeGreaterThan(90);
  expect(counts.high / counts.low).toBeGreaterThan(14);
});

test('every task comes out exactly once, in order within its flow, whatever is pushed, popped and removed between', () => {
  const step = fc.record({ requester: fc.nat(3), act: fc.constantFrom('push', 'push', 'pop', 'remove', 'putBack') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = createFairQueue();
      const requesters = [0, 1, 2, 3].map(() => newId());
      const waiting: string[] = [];
      const taken: string[] = [];
      for (const { requester, act } of steps) {
        if (act === 'push') {
          const task = sampleTask({ requesterId: requesters[requester] as string });
          queue.push(task);
          waiting.push(task.id);
        } else if (act === 'remove' && waiting.length > 0) {
          const [id] = waiting.splice(requester % waiting.length, 1);
          queue.remove(id as string);
        } else {
          const task = queue.pop();
          if (!task) expect(waiting).toHaveLength(0);
          else if (act === 'putBack') queue.pushFront(task);
          else {
            taken.push(task.id);
            expect(waiting).toContain(task.id);
            waiting.splice(waiting.indexOf(task.id), 1);
          }
        }
        expect(queue.size).toBe(waiting.length);
      }
      for (let task = queue.pop(); task; task = queue.pop()) taken.push(task.id);
      expect(new Set(taken).size).toBe(taken.length);
      expect(waiting.every((id) => taken.includes(id))).toBe(true);
    }),
  );
});
