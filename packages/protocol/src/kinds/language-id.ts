import Type from 'typebox';
import { defineKind } from './kind.ts';

const Guess = Type.Object(
  { language: Type.String({ minLength: 2, maxLength: 12 }), confidence: Type.Number({ minimum: 0, maximum: 1.01 }) },
  { additionalProperties: false },
);

/** Which language each text is written in: ISO 639 codes with a confidence, the likeliest first. */
export const languageId = defineKind({
  name: 'language-id',
  title: 'Language identification',
  unit: 'text',
  defaultModel: 'lid-176',
  input: Type.Object(
    {
      texts: Type.Array(Type.String({ minLength: 1, maxLength: 8_192 }), { minItems: 1, maxItems: 256 }),
      top: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
    },
    { additionalProperties: false },
  ),
  output: Type.Object(
    { results: Type.Array(Type.Array(Guess, { minItems: 1, maxItems: 5 }), { minItems: 1, maxItems: 256 }) },
    { additionalProperties: false },
  ),
  defaultTimeoutMs: 30_000,
  memoryMiB: 128,
  fixedUnits: true,
  maxUnits: (input) => input.texts.length,
});
