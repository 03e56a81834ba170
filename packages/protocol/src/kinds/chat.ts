import Type from 'typebox';
import { countTokens, defineKind } from './kind.ts';

const DEFAULT_MAX_TOKENS = 512;

/** Chat completion by a model the operator runs: GGUF on the node, or an OpenAI-compatible upstream behind it. */
export const chat = defineKind({
  name: 'chat',
  title: 'Chat completion',
  unit: 'token',
  defaultModel: null,
  input: Type.Object(
    {
      messages: Type.Array(
        Type.Object(
          {
            role: Type.Union([Type.Literal('system'), Type.Literal('user'), Type.Literal('assistant')]),
            content: Type.String({ maxLength: 262_144 }),
          },
          { additionalProperties: false },
        ),
        { minItems: 1, maxItems: 256 },
      ),
      maxTokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 32_768 })),
      temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
      topP: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      stop: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 4 })),
      seed: Type.Optional(Type.Integer()),
    },
    { additionalProperties: false },
  ),
  output: Type.Object(
    {
      content: Type.String(),
      finishReason: Type.Union([Type.Literal('stop'), Type.Literal('length'), Type.Literal('content_filter')]),
      promptTokens: Type.Integer({ minimum: 0 }),
      completionTokens: Type.Integer({ minimum: 0 }),
    },
    { additionalProperties: false },
  ),
  defaultTimeoutMs: 120_000,
  memoryMiB: 1_024,
  fixedUnits: false,
  maxUnits: (input) =>
    input.messages.reduce((sum, message) => sum + countTokens(message.content), 0) + (input.maxTokens ?? DEFAULT_MAX_TOKENS),
});
