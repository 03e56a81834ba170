import Type from 'typebox';
import { countTokens, defineKind } from './kind.ts';

/** Sentence embeddings. Vectors come in the order of the texts, as numbers or as base64 of little-endian float32. */
export const embeddings = defineKind({
  name: 'embeddings',
  title: 'Text embeddings',
  unit: 'token',
  defaultModel: 'use-lite',
  input: Type.Object(
    {
      texts: Type.Array(Type.String({ minLength: 1, maxLength: 32_768 }), { minItems: 1, maxItems: 256 }),
      encoding: Type.Optional(Type.Union([Type.Literal('float'), Type.Literal('base64')])),
    },
    { additionalProperties: false },
  ),
  output: Type.Object(
    {
      dimensions: Type.Integer({ minimum: 1, maximum: 65_536 }),
      vectors: Type.Union([
        Type.Array(Type.Array(Type.Number(), { minItems: 1 }), { minItems: 1, maxItems: 256 }),
        Type.Array(Type.String(), { minItems: 1, maxItems: 256 }),
      ]),
    },
    { additionalProperties: false },
  ),
  defaultTimeoutMs: 60_000,
  memoryMiB: 512,
  fixedUnits: true,
  maxUnits: (input) => input.texts.reduce((sum, text) => sum + countTokens(text), 0),
});
