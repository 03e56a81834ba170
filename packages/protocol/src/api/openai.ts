import Type, { type Static } from 'typebox';
import { Text } from '../wire/common.ts';

/** OpenAI's request for embeddings. Unknown fields (`user`) are allowed, as OpenAI's API allows them. */
export const OpenAiEmbeddingsRequest = Type.Object({
  model: Text({ minLength: 1, maxLength: 200 }),
  input: Type.Union([
    Type.String({ minLength: 1, maxLength: 32_768 }),
    Type.Array(Type.String({ minLength: 1, maxLength: 32_768 }), { minItems: 1, maxItems: 256 }),
  ]),
  encoding_format: Type.Optional(Type.Union([Type.Literal('float'), Type.Literal('base64')])),
  dimensions: Type.Optional(Type.Integer({ minimum: 1 })),
  user: Type.Optional(Type.String({ maxLength: 256 })),
});
export type OpenAiEmbeddingsRequest = Static<typeof OpenAiEmbeddingsRequest>;

export const OpenAiEmbeddingsResponse = Type.Object({
  object: Type.Literal('list'),
  data: Type.Array(
    Type.Object({
      object: Type.Literal('embedding'),
      index: Type.Integer(),
      embedding: Type.Union([Type.Array(Type.Number()), Type.String()]),
    }),
  ),
  model: Type.String(),
  usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
});
export type OpenAiEmbeddingsResponse = Static<typeof OpenAiEmbeddingsResponse>;

export const OpenAiModel = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer(),
  owned_by: Type.String(),
});
export const OpenAiModelList = Type.Object({ object: Type.Literal('list'), data: Type.Array(OpenAiModel) });

export const OpenAiError = Type.Object({
  error: Type.Object({
    message: Type.String(),
    type: Type.String(),
    param: Type.Union([Type.String(), Type.Null()]),
    code: Type.Union([Type.String(), Type.Null()]),
  }),
});
export type OpenAiError = Static<typeof OpenAiError>;
