import { kindSpec } from '@deai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLaneBench, type LaneBench, outputOf } from '../testing/lane-bench.ts';

type Output<V> = { dimensions: number; vectors: V[] };
let bench: LaneBench;

beforeAll(() => {
  bench = createLaneBench('embeddings:use-lite');
});
afterAll(() => bench.close());

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function floats(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

test('places sentences of like meaning closer than unlike ones', async () => {
  const texts = ['How old are you?', 'What is your age?', 'The train to Geneva is late.'];
  const outcome = await bench.run('similar', { texts });
  const { dimensions, vectors } = outputOf<Output<number[]>>(outcome);
  const [a, b, c] = vectors as [number[], number[], number[]];
  expect(dimensions).toBe(512);
  expect(cosine(a, b)).toBeGreaterThan(0.7);
  expect(cosine(a, b)).toBeGreaterThan(cosine(a, c) + 0.3);
  expect(outcome.units).toBe(kindSpec('embeddings').maxUnits({ texts }, 0));
});

test('gives the same vectors as base64 of little-endian float32', async () => {
  const texts = ['A sentence.', 'Another one.'];
  const plain = outputOf<Output<number[]>>(await bench.run('plain', { texts }));
  const packed = outputOf<Output<string>>(await bench.run('packed', { texts, encoding: 'base64' }));
  expect(packed.vectors.map(floats)).toEqual(plain.vectors.map((vector) => vector.map(Math.fround)));
});

test('gives each task of a batch its own vectors', async () => {
  const inputs = { one: { texts: ['red', 'green'] }, two: { texts: ['blue'] }, three: { texts: ['How old are you?'] } };
  const outcomes = await bench.runTogether(inputs);
  const alone = outputOf<Output<number[]>>(await bench.run('alone', inputs.three));
  const together = outcomes.map((outcome) => outputOf<Output<number[]>>(outcome).vectors);
  expect(together.map((vectors) => vectors.length)).toEqual([2, 1, 1]);
  expect(cosine(together[2]?.[0] as number[], alone.vectors[0] as number[])).toBeGreaterThan(0.9999);
  expect(outcomes.map((outcome) => outcome.units)).toEqual([3, 1, 4]);
});

test('embeds odd texts: blanks, a lone surrogate, a zero byte', async () => {
  const { vectors } = outputOf<Output<number[]>>(await bench.run('odd', { texts: [' ', '\ud800', '\u0000', '\u00ad'] }));
  expect(vectors).toHaveLength(4);
});
