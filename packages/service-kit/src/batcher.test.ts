import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createBatcher } from './batcher.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

test('what arrives together shares a batch, and what arrives during a flush forms the next one', async () => {
  const batches: number[][] = [];
  let release: () => void = () => undefined;
  const batcher = createBatcher<number, number>({
    maxItems: 10,
    concurrency: 1,
    flush: async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return items;
    },
  });
  const first = [batcher.add(1), batcher.add(2)];
  await tick();
  const second = [batcher.add(3), batcher.add(4), batcher.add(5)];
  await tick();
  expect(batches).toEqual([[1, 2]]);
  release();
  await Promise.all(first);
  await tick();
  release();
  await Promise.all(second);
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
});

test('every item gets its own result or error, within the bound of items, whatever the sizes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      async (items, concurrency) => {
        let underWay = 0;
        const batcher = createBatcher<number, number>({
          maxItems: 8,
          concurrency,
          weigh: (item) => item,
          flush: async (batch) => {
            expect(++underWay).toBeLessThanOrEqual(concurrency);
            const weight = batch.reduce((sum, item) => sum + item, 0);
            expect(batch.length === 1 || weight <= 8).toBe(true);
            await tick();
            underWay--;
            return batch.map((item) => (item === 7 ? new Error('seven') : item * 2));
          },
        });
        const answers = await Promise.allSettled(items.map((item) => batcher.add(item)));
        expect(answers.map((a) => (a.status === 'fulfilled' ? a.value : 'failed'))).toEqual(items.map((i) => (i === 7 ? 'failed' : i * 2)));
        await batcher.drain();
        expect(batcher.size).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});

test('a batch waits for company only while another is under way', async () => {
  const batches: number[][] = [];
  const releases: (() => void)[] = [];
  const batcher = createBatcher<number, number>({
    maxItems: 10,
    concurrency: 2,
    lingerMs: 20,
    flush: async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => releases.push(resolve));
      return items;
    },
  });
  const begun = performance.now();
  const all = [batcher.add(1)];
  await tick();
  expect(batches).toEqual([[1]]);
  all.push(batcher.add(2));
  await tick();
  all.push(batcher.add(3));
  await vi.waitFor(() => expect(batches).toEqual([[1], [2, 3]]));
  expect(performance.now() - begun).toBeGreaterThan(15);
  for (const release of releases) release();
  expect(await Promise.all(all)).toEqual([1, 2, 3]);
});

test('a failed flush fails its items and no others', async () => {
  const batcher = createBatcher<string, string>({
    maxItems: 1,
    concurrency: 1,
    flush: async ([item]) => {
      if (item === 'bad') throw new Error('no');
      return [item as string];
    },
  });
  const answers = await Promise.allSettled(['good', 'bad', 'good'].map((item) => batcher.add(item)));
  expect(answers.map((a) => a.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
