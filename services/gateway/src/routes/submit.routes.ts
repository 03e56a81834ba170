import {
  CancelRequest,
  CancelResponse,
  type ErrorCode,
  MAX_BATCH,
  Quote,
  RETRY_LABEL,
  SubmitRequest,
  SubmitResponse,
  SubmittedTask,
  TaskRequest,
} from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { EXAMPLE_ID, IdParams } from './common.ts';

const WRITE = { tag: 'tasks', access: { scope: 'tasks:write' } } as const;
const [, BatchRequest] = SubmitRequest.anyOf;

/** Why a task may be refused before it is taken. */
export const REFUSALS = [
  'UNKNOWN_KIND',
  'INVALID_TASK_INPUT',
  'NO_CAPABLE_NODE',
  'PRICE_ABOVE_MAXIMUM',
  'INSUFFICIENT_FUNDS',
  'VERIFICATION_UNAVAILABLE',
  'OVERLOADED',
] as const satisfies readonly ErrorCode[];

/** A header that makes a retry answer what the first request answered. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[\\x20-\\x7e]+$',
      description: 'A retry with the same key and body answers the same tasks, and makes no new ones.',
    }),
  ),
});

const EXAMPLE_TASK = { kind: 'embeddings', input: { texts: ['The quick brown fox jumps over the lazy dog.'] } };

const SUBMITTED = { id: EXAMPLE_ID, status: 'assigned', quoteYocto: '11000000000000000000', predictedStart: '2026-01-01T00:00:00.000Z' };

const isBatch = (body: unknown): boolean => typeof body === 'object' && body !== null && 'tasks' in body;

/** Submitting tasks, once and again, quoting and cancelling them. */
export function submitRoutes({ bus, config }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'POST',
      '/tasks/submit',
      {
        ...WRITE,
        operationId: 'submitTasks',
        summary: 'Submit a task, or many',
        description:
          `One task, or \`{"tasks": […]}\` with up to ${MAX_BATCH} that are accepted or refused together. ` +
          'The answer means: stored durably, with the quote held from the balance.',
        takes: { headers: IdempotencyHeaders, body: SubmitRequest },
        gives: { status: 202, schema: SubmitResponse, description: 'Accepted: as it was sent, one task or many.' },
        errors: [...REFUSALS, 'IDEMPOTENCY_KEY_REUSED'],
        bodyLimit: config.maxBodyBytes,
        pickBody: (body) => (isBatch(body) ? BatchRequest : TaskRequest),
        examples: { body: EXAMPLE_TASK, answer: SUBMITTED },
      },
      async ({ principal, body, headers }) => {
        const idempotencyKey = headers['idempotency-key'];
        const tasks = 'tasks' in body ? body.tasks : [body];
        const input = idempotencyKey === undefined ? { principal, tasks } : { principal, tasks, idempotencyKey };
        const answer = await bus.request('tasks.submit', input);
        return 'tasks' in body ? answer : (answer.tasks[0] as (typeof answer.tasks)[number]);
      },
    ),
    route(
      'POST',
      '/tasks/:id/retry',
      {
        ...WRITE,
        operationId: 'retryTask',
        summary: 'Submit what an ended task asked for once more',
        description:
          `A new task with the same input and settings, priced and held as any; the old one stays as it ended. The label \`${RETRY_LABEL}\` of ` +
          'the new one is the id of the old one. A highest price that came with the old one is not kept: quote it first where that matters.',
        takes: { params: IdParams, headers: IdempotencyHeaders },
        gives: { status: 202, schema: SubmittedTask, description: 'Accepted: stored durably, with the quote held from the balance.' },
        errors: [...REFUSALS, 'IDEMPOTENCY_KEY_REUSED', 'TASK_NOT_FOUND', 'TASK_NOT_ENDED', 'TASK_INPUT_GONE'],
        examples: { answer: SUBMITTED },
      },
      ({ principal, params: { id }, headers: { 'idempotency-key': idempotencyKey } }) =>
        bus.request('tasks.retry', { principal, id, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }),
    ),
    route(
      'POST',
      '/tasks/quote',
      {
        ...WRITE,
        operationId: 'quoteTask',
        summary: 'What a task would cost, and when it would start',
        takes: { body: TaskRequest },
        gives: { status: 200, schema: Quote },
        errors: REFUSALS,
        bodyLimit: config.maxBodyBytes,
        examples: { body: EXAMPLE_TASK },
      },
      ({ principal, body }) => bus.request('tasks.quote', { principal, task: body }),
    ),
    route(
      'POST',
      '/tasks/cancel',
      {
        ...WRITE,
        operationId: 'cancelTask',
        summary: 'Cancel a task that has not ended',
        takes: { body: CancelRequest },
        gives: { status: 200, schema: CancelResponse },
        errors: ['TASK_NOT_FOUND', 'TASK_NOT_CANCELLABLE'],
        examples: { body: { taskId: EXAMPLE_ID }, answer: { id: EXAMPLE_ID, status: 'cancelled' } },
      },
      ({ principal, body }) => bus.request('tasks.cancel', { principal, id: body.taskId }),
    ),
  ];
}
