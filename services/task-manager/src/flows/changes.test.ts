import type { TaskChange } from '@deai/protocol';
import { expect, test } from 'vitest';
import { sampleLease, sampleTask } from '../testing/samples.ts';
import { changeOf } from './announcer.ts';
import { hasMovedOn, isOver } from './changes.ts';

const task = sampleTask({ attempt: 2 });
const change = (state: TaskChange['state'], attempt: number) => changeOf({ ...task, attempt }, state);

test('a waiting task is old once it ended or another attempt began; news of its earlier attempts say nothing', () => {
  expect([change('assigned', 3), change('cancelled', 2), change('failed', 1)].map((c) => hasMovedOn(task, c))).toEqual([true, true, true]);
  expect([change('assigned', 2), change('in_progress', 1), change('pending', 2)].map((c) => hasMovedOn(task, c))).toEqual(
    Array(3).fill(false),
  );
});

test('a lease is over once its attempt went back to a queue, and not when an earlier one did', () => {
  const lease = sampleLease(task);
  expect([change('pending', 2), change('assigned', 3), change('completed', 2)].map((c) => isOver(lease, c))).toEqual([true, true, true]);
  expect([change('pending', 1), change('assigned', 2), change('in_progress', 2)].map((c) => isOver(lease, c))).toEqual(
    Array(3).fill(false),
  );
});
