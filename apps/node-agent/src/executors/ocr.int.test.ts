import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLaneBench, type LaneBench, outputOf } from '../testing/lane-bench.ts';

const IMAGES = new URL('../../../../examples/images/', import.meta.url);
let bench: LaneBench;

beforeAll(() => {
  bench = createLaneBench('ocr:tesseract-eng');
});
afterAll(() => bench.close());

const image = (name: string) => readFile(new URL(name, IMAGES), 'base64');

test.each([
  ['invoice.png', /2026-0417[\s\S]*Harbour Street Bakery[\s\S]*EUR 357\.50/],
  ['library-sign.png', /CITY LIBRARY\s+Open Monday to Friday\s+09:00 to 18:00/],
  ['paragraph.png', /Nobody thought that the rain would ever come back\./],
  ['receipt.png', /TOTAL\s+13\.80/],
  ['station-notice.png', /Train 482 to Geneva leaves from platform 7/],
])('reads the printed text of %s', async (name, expected) => {
  const outcome = await bench.run(name, { image: await image(name) });
  const { text, confidence } = outputOf<{ text: string; confidence: number }>(outcome);
  expect(text).toMatch(expected);
  expect(confidence).toBeGreaterThan(80);
  expect(outcome.units).toBe(1);
  expect(bench.progress.get(name)?.at(-1)).toBe(1);
});

test('blames the requester for bytes that are no image, and reads the next one', async () => {
  const outcome = await bench.run('garbage', { image: Buffer.from('this is not an image at all').toString('base64') });
  expect(outcome).toMatchObject({ failure: { code: 'TASK_INPUT_REJECTED', cause: 'requester' } });
  outputOf(await bench.run('after', { image: await image('receipt.png') }));
});

test('refuses a small file that claims a huge image', async () => {
  const bytes = Buffer.from(await image('receipt.png'), 'base64');
  bytes.writeUInt32BE(60_000, 16);
  bytes.writeUInt32BE(60_000, 20);
  const outcome = await bench.run('bomb', { image: bytes.toString('base64') });
  expect(outcome).toMatchObject({ failure: { code: 'TASK_INPUT_REJECTED', message: expect.stringContaining('60000×60000') } });
});
