import { newId, type TaskChange, type TaskState } from '@deai/protocol';
import { expect, test } from 'vitest';
import { isStale } from './staleness.ts';

const taskId = newId();
const at = (attempt: number, state: TaskState, progress = 0): TaskChange => ({
  taskId,
  requesterId: taskId,
  state,
  progress,
  attempt,
  nodeId: null,
  estimatedCompletionMs: null,
});

/** A whole life with a retry, in order. */
const LIFE = [
  at(0, 'pending'),
  at(1, 'assigned'),
  at(1, 'in_progress'),
  at(1, 'in_progress', 0.5),
  at(1, 'pending'),
  at(2, 'assigned'),
  at(2, 'in_progress', 0.2),
  at(2, 'completed', 1),
];

test('nothing that follows a known state is stale', () => {
  for (const [i, known] of LIFE.entries()) for (const change of LIFE.slice(i)) expect(isStale(change, known)).toBe(false);
});

test('what lies before a known state is stale', () => {
  const missed = LIFE.flatMap((known, i) =>
    LIFE.slice(0, i)
      .filter((change) => !isStale(change, known))
      .map((change) => [change, known]),
  );
  // An attempt that was given back before it started is assigned again with the same number, so these cannot be told apart.
  expect(missed).toEqual([[at(1, 'assigned'), at(1, 'pending')]]);
});

test('after a failed attempt only its retry is news', () => {
  expect(isStale(at(1, 'in_progress', 0.9), at(1, 'failed'))).toBe(true);
  expect(isStale(at(1, 'pending'), at(1, 'failed'))).toBe(false);
  expect(isStale(at(1, 'pending'), at(1, 'cancelled'))).toBe(true);
});
