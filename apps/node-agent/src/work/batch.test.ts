import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wireTask } from '../testing/fixtures.ts';
import { takeBatch } from './batch.ts';

test("takes tasks of the first one's model, within 64 texts, and loses or reorders none", () => {
  const task = fc.record({ model: fc.constantFrom('a', 'b'), texts: fc.integer({ min: 1, max: 80 }) });
  fc.assert(
    fc.property(fc.array(task, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (specs, size) => {
      const all = specs.map(({ model, texts }) => wireTask({ model, input: { texts: Array(texts).fill('x') } }));
      const queue = [...all];
      const batch = takeBatch(queue, size);
      const total = batch.reduce((sum, { input }) => sum + (input as { texts: string[] }).texts.length, 0);
      expect(batch[0]).toBe(all[0]);
      expect(batch.length).toBeLessThanOrEqual(size);
      expect(batch.length === 1 || total <= 64).toBe(true);
      expect(new Set(batch.map(({ model }) => model)).size).toBe(1);
      expect(queue).toEqual(all.filter((item) => !batch.includes(item)));
    }),
  );
});

test('gives nothing from an empty queue', () => {
  expect(takeBatch([], 8)).toEqual([]);
});
