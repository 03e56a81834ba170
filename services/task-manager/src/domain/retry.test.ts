import { expect, test } from 'vitest';
import { sampleTask } from '../testing/samples.ts';
import { decideRetry } from './retry.ts';

test('tries again while attempts remain, waiting longer each time', () => {
  const first = decideRetry(sampleTask({ attempt: 1 }), 'EXECUTION_FAILED', 'node');
  const second = decideRetry(sampleTask({ attempt: 2 }), 'EXECUTION_FAILED', 'node');
  expect(first).toMatchObject({ retry: true, countsAsLost: false });
  expect(second.delayMs).toBeGreaterThan(first.delayMs);
  expect(decideRetry(sampleTask({ attempt: 3 }), 'EXECUTION_FAILED', 'node').retry).toBe(false);
});

test("does not count a lost node against the task's attempts, but not for ever", () => {
  expect(decideRetry(sampleTask({ attempt: 3, lost: 2 }), 'NODE_LOST', 'network')).toMatchObject({ retry: true, countsAsLost: true });
  expect(decideRetry(sampleTask({ attempt: 21, lost: 20 }), 'NODE_LOST', 'network').retry).toBe(false);
});

test("does not repeat what is the requester's fault", () => {
  expect(decideRetry(sampleTask({ attempt: 1 }), 'TASK_INPUT_REJECTED', 'requester').retry).toBe(false);
  expect(decideRetry(sampleTask({ attempt: 1 }), 'EXECUTION_TIMEOUT', 'requester').retry).toBe(false);
});

test('a result that does not fit its schema is tried on another node', () => {
  expect(decideRetry(sampleTask({ attempt: 1 }), 'RESULT_INVALID', 'node').retry).toBe(true);
});
