import { expect, test } from 'vitest';
import { shareRuns } from './share-runs.ts';

function controlled() {
  const runs: PromiseWithResolvers<number>[] = [];
  const shared = shareRuns(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  return { runs, shared };
}

test('gives everybody who asks during a run the one that follows it', async () => {
  const { runs, shared } = controlled();
  const first = shared();
  const later = [shared(), shared()];
  expect(runs).toHaveLength(1);
  runs[0]?.resolve(1);
  expect(await first).toBe(1);
  await expect.poll(() => runs.length).toBe(2);
  const latest = shared();
  runs[1]?.resolve(2);
  expect(await Promise.all(later)).toEqual([2, 2]);
  await expect.poll(() => runs.length).toBe(3);
  runs[2]?.resolve(3);
  expect(await latest).toBe(3);
});

test('runs again after a failure, which only those hear who shared that run', async () => {
  const { runs, shared } = controlled();
  const first = shared();
  const second = shared();
  runs[0]?.reject(new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await expect.poll(() => runs.length).toBe(2);
  runs[1]?.resolve(2);
  expect(await second).toBe(2);
  const third = shared();
  runs[2]?.resolve(3);
  expect(await third).toBe(3);
});
