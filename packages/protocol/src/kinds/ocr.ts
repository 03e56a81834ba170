import Type from 'typebox';
import { defineKind } from './kind.ts';

/** Reads the printed text of one image. `image` is base64 of a PNG, JPEG, BMP or WebP file. */
export const ocr = defineKind({
  name: 'ocr',
  title: 'Text from an image',
  unit: 'page',
  defaultModel: 'tesseract-eng',
  input: Type.Object(
    {
      image: Type.String({ minLength: 16, maxLength: 8_000_000, pattern: '^[A-Za-z0-9+/]+={0,2}$' }),
    },
    { additionalProperties: false },
  ),
  output: Type.Object({ text: Type.String(), confidence: Type.Number({ minimum: 0, maximum: 100 }) }, { additionalProperties: false }),
  defaultTimeoutMs: 120_000,
  memoryMiB: 512,
  fixedUnits: true,
  maxUnits: () => 1,
});
