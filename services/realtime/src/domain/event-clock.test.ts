import { EventId } from '@deai/protocol';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { createEventClock } from './event-clock.ts';

test('ids are valid, unique and sort as text in the order they were given out, whatever the wall clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 200 }), (jumps) => {
      let nowMs = 1_700_000_000_000;
      const clock = createEventClock('tag', () => nowMs);
      const ids = jumps.map((jump) => {
        nowMs += jump;
        return clock.idOf(clock.next());
      });
      expect(ids).toEqual([...new Set(ids)].sort());
      expect(ids.every((id) => Value.Check(EventId, id))).toBe(true);
      expect(ids.map((id) => clock.idOf(clock.positionOf(id) ?? 0))).toEqual(ids);
    }),
  );
});

test('an id of another stream, of the future or of nobody is foreign', () => {
  const mine = createEventClock('a');
  const other = createEventClock('b');
  expect(mine.positionOf(other.idOf(other.next()))).toBeUndefined();
  expect(mine.positionOf(mine.idOf(mine.last + 1))).toBeUndefined();
  expect(mine.positionOf('0')).toBeUndefined();
});
