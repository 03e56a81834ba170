import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLaneBench, type LaneBench, outputOf } from '../testing/lane-bench.ts';

type Results = { results: { language: string; confidence: number }[][] };
let bench: LaneBench;

beforeAll(() => {
  bench = createLaneBench('language-id:lid-176');
});
afterAll(() => bench.close());

test('tells languages apart, with newlines in the text', async () => {
  const texts = {
    en: 'The weather will be fine on Sunday,\nand we shall walk along the river.',
    de: 'Das Wetter wird am Sonntag schön,\nund wir gehen am Fluss spazieren.',
    fr: 'Il fera beau dimanche et nous irons nous promener au bord de la rivière.',
    ja: '日曜日は天気が良いので、川沿いを散歩します。',
    ru: 'В воскресенье будет хорошая погода, и мы пойдём гулять вдоль реки.',
    ar: 'سيكون الطقس جميلا يوم الأحد وسنتمشى على ضفة النهر',
  };
  const outcome = await bench.run('languages', { texts: Object.values(texts) });
  const { results } = outputOf<Results>(outcome);
  expect(results.map((guesses) => guesses[0]?.language)).toEqual(Object.keys(texts));
  expect(outcome.units).toBe(6);
});

test('gives the asked number of guesses, the likeliest first', async () => {
  const { results } = outputOf<Results>(await bench.run('top', { texts: ['Dober dan'], top: 3 }));
  const confidences = results[0]?.map((guess) => guess.confidence) ?? [];
  expect(confidences).toHaveLength(3);
  expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
});

test('answers for text without a known character', async () => {
  const { results } = outputOf<Results>(await bench.run('blank', { texts: [' ', '\u0000'] }));
  expect(results.every((guesses) => guesses.length === 1)).toBe(true);
});
