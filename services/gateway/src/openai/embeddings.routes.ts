import { countTokens, DeaiError, type ErrorCode, OpenAiEmbeddingsRequest, OpenAiEmbeddingsResponse, type Task } from '@deai/protocol';
import type { FastifyReply } from 'fastify';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { IdempotencyHeaders, REFUSALS } from '../routes/submit.routes.ts';
import { modelNotFound } from './openai-error.ts';
import { runTask } from './run-task.ts';
import { vectorsOf } from './vectors.ts';

const FAILURES = [
  'IDEMPOTENCY_KEY_REUSED',
  'NOT_FOUND',
  'EXECUTION_FAILED',
  'EXECUTION_TIMEOUT',
  'EXECUTION_OUT_OF_MEMORY',
  'TASK_INPUT_REJECTED',
  'RESULT_INVALID',
  'CANCELLED',
  'NODE_LOST',
  'LEASE_EXPIRED',
  'UPSTREAM_FAILED',
] as const satisfies readonly ErrorCode[];

/** `POST /v1/embeddings`: one embeddings task, submitted and waited for. */
export function embeddingsRoutes(deps: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'POST',
      '/embeddings',
      {
        operationId: 'createEmbeddings',
        tag: 'openai',
        summary: 'Embed one text or many',
        description: 'Model names are those of `GET /v1/models`; no other name is mapped to one of them. `dimensions` cannot be chosen.',
        access: { scope: 'tasks:write' },
        takes: { headers: IdempotencyHeaders, body: OpenAiEmbeddingsRequest },
        gives: { status: 200, schema: OpenAiEmbeddingsResponse },
        errors: [...REFUSALS, ...FAILURES],
        bodyLimit: deps.config.maxBodyBytes,
        examples: {
          body: { model: 'use-lite', input: ['The quick brown fox', 'jumps over the lazy dog'], encoding_format: 'float' },
          answer: {
            object: 'list',
            data: [{ object: 'embedding', index: 0, embedding: [0.0123, -0.0456] }],
            model: 'use-lite',
            usage: { prompt_tokens: 11, total_tokens: 11 },
          },
        },
      },
      async ({ principal, body, headers }, reply) => {
        if (body.dimensions !== undefined) throw dimensionsRefused();
        const texts = typeof body.input === 'string' ? [body.input] : body.input;
        const task = await runTask(deps, {
          principal,
          task: { kind: 'embeddings', model: body.model, input: { texts, encoding: 'base64' } },
          idempotencyKey: headers['idempotency-key'],
          timeoutMs: deps.config.openaiTimeoutMs,
          gone: goneSignal(reply),
        }).catch((error: unknown) => {
          if (error instanceof DeaiError && error.code === 'NO_CAPABLE_NODE') throw modelNotFound(body.model);
          throw error;
        });
        return answerOf(task, body, texts);
      },
    ),
  ];
}

function answerOf(task: Task, body: OpenAiEmbeddingsRequest, texts: readonly string[]): OpenAiEmbeddingsResponse {
  const vectors = vectorsOf(task.output, body.encoding_format ?? 'float', texts.length);
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: task.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function dimensionsRefused(): DeaiError {
  return new DeaiError('INVALID_INPUT', { problems: [{ path: '/dimensions', problem: 'models have fixed dimensions' }] });
}

/** Aborts when the connection closes before the answer was written. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
