import { newId } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createChangeRing } from './change-ring.ts';
import { sizeOf, type Update } from './update.ts';

function anUpdate(position: number, message = ''): Update {
  const error = { code: 'INTERNAL', message };
  const change = { taskId: newId(), requesterId: newId(), state: 'failed', progress: 0, attempt: 1, nodeId: null, error } as const;
  return { kind: 'task', position, atMs: 0, change: { ...change, estimatedCompletionMs: null } };
}

test('holds the newest within both bounds, and knows exactly what it no longer holds', () => {
  const arbitrary = fc.record({
    changes: fc.integer({ min: 1, max: 20 }),
    bytes: fc.integer({ min: 700, max: 20_000 }),
    steps: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 50 })), { maxLength: 60 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ changes, bytes, steps }) => {
      const ring = createChangeRing({ changes, bytes }, 100);
      const all: Update[] = [];
      let position = 100;
      for (const [step, length] of steps) {
        position += step;
        all.push(anUpdate(position, 'x'.repeat(length)));
        ring.push(all.at(-1) as Update);
        expect(ring.bytes).toBeLessThanOrEqual(bytes);
        expect(ring.size).toBeLessThanOrEqual(changes);
        expect(ring.newest).toBe(position);
      }
      for (let from = 100; from <= position; from++) {
        const after = all.filter((update) => update.position > from);
        if (ring.covers(from)) expect(ring.read(from)).toEqual(after);
        else expect(ring.read(from).length).toBeLessThan(after.length);
      }
      expect(ring.bytes).toBe(ring.read(0).reduce((sum, update) => sum + sizeOf(update), 0));
      expect(ring.read(0, 3)).toEqual(ring.read(0).slice(0, 3));
    }),
  );
});
