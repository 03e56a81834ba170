import fc from 'fast-check';
import { expect, test } from 'vitest';
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

test('a batch begins no sooner than the linger after the one before; the first, and a full one, do not wait', async () => {
  const batches: { items: number[]; atMs: number }[] = [];
  const begun = performance.now();
  const batcher = createBatcher<number, number>({
    maxItems: 3,
    concurrency: 2,
    lingerMs: 200,
    flush: async (items) => {
      batches.push({ items, atMs: performance.now() - begun });
      return items;
    },
  });
  await batcher.add(1);
  const early = [batcher.add(2), batcher.add(3)];
  await tick();
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
  await Promise.all(early);
  expect(batches.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  expect(batches[1]?.atMs).toBeGreaterThanOrEqual(200);
  await Promise.all([4, 5, 6].map((item) => batcher.add(item)));
  expect((batches[2]?.atMs ?? 0) - (batches[1]?.atMs ?? 0)).toBeLessThan(150);
  const last = batcher.add(7);
  await batcher.drain();
  expect(await last).toBe(7);
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
