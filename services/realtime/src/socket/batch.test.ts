import { expect, test } from 'vitest';
import { joinFrames, lengthOfBatch } from './batch.ts';

const frames = ['{"a":1}', '{"b":2}', '{"c":3}'].map((text) => Buffer.from(text));

test('frames are joined as one JSON array', () => {
  expect(JSON.parse(joinFrames(frames).toString())).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
});

test('a batch holds what fits, and one frame whatever its size', () => {
  expect(lengthOfBatch(frames, 0, 16)).toBe(2);
  expect(lengthOfBatch(frames, 2, 16)).toBe(1);
  expect(lengthOfBatch(frames, 0, 1)).toBe(1);
});
