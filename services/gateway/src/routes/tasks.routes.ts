import { AnyTaskInput, type Principal, Task, TaskEvent, TaskPage, TaskQuery, TaskWhy } from '@deai/protocol';
import Type from 'typebox';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { IdParams } from './common.ts';

const READ = { tag: 'tasks', access: { scope: 'tasks:read' } } as const;
const MAX_WAIT_MS = 60_000;
/** What the bus may take on top of a wait. */
const BUS_SLACK_MS = 10_000;

const WaitQuery = Type.Object(
  {
    waitMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: MAX_WAIT_MS, description: 'answer when the task has ended, or after this many milliseconds' }),
    ),
  },
  { additionalProperties: false },
);

/** Reading tasks. */
export function taskRoutes(deps: GatewayDeps): RouteDefinition[] {
  const { bus, config } = deps;
  const one = { ...READ, takes: { params: IdParams }, errors: ['TASK_NOT_FOUND'] } as const;
  return [
    route(
      'GET',
      '/tasks',
      {
        ...READ,
        operationId: 'listTasks',
        summary: "The caller's tasks, newest first, without outputs",
        description: 'Tasks that were archived (by default after 30 days) are not listed; each is still found by its id.',
        takes: { querystring: TaskQuery },
        gives: { status: 200, schema: TaskPage },
        errors: ['INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('tasks.list', { principal, query }),
    ),
    route(
      'GET',
      '/tasks/:id',
      {
        ...one,
        operationId: 'getTask',
        summary: 'A task, with its output once it is completed',
        description: 'With `waitMs` the answer comes when the task has ended, or when the time is up.',
        takes: { params: IdParams, querystring: WaitQuery },
        gives: { status: 200, schema: Task },
      },
      ({ principal, params, query }) =>
        query.waitMs
          ? waitFor(deps, principal, params.id, query.waitMs)
          : bus.request('tasks.get', { principal, id: params.id, withOutput: true }),
    ),
    route(
      'GET',
      '/tasks/:id/events',
      {
        ...one,
        operationId: 'listTaskEvents',
        summary: 'What happened to a task, oldest first',
        gives: { status: 200, schema: Type.Object({ items: Type.Array(TaskEvent) }) },
      },
      ({ principal, params }) => bus.request('tasks.events', { principal, id: params.id }),
    ),
    route(
      'GET',
      '/tasks/:id/input',
      {
        ...one,
        operationId: 'getTaskInput',
        summary: 'What a task was submitted with',
        description:
          'The input in the form of its kind, also of an archived task: with it the input hash of the work receipt can be checked. It is no larger ' +
          `than the body of a submission, here at most ${config.maxBodyBytes} bytes, and less by the schemas of most kinds.`,
        gives: { status: 200, schema: AnyTaskInput, description: 'As it was submitted; names may be in another order.' },
        errors: ['TASK_NOT_FOUND', 'TASK_INPUT_GONE'],
        examples: { answer: { texts: ['The quick brown fox jumps over the lazy dog.'] } },
      },
      ({ principal, params }) => bus.request('tasks.input', { principal, id: params.id }),
    ),
    route(
      'GET',
      '/tasks/:id/why',
      {
        ...one,
        operationId: 'explainTask',
        summary: 'Why a task waits, and when it should start',
        gives: { status: 200, schema: TaskWhy },
      },
      ({ principal, params }) => bus.request('tasks.why', { principal, id: params.id }),
    ),
  ];
}

/** Long poll; a gateway that stops answers with the task as it is, so that the caller can ask another one. */
async function waitFor({ bus, stopping }: GatewayDeps, principal: Principal, id: string, waitMs: number): Promise<Task> {
  const asItIs = () => bus.request('tasks.get', { principal, id, withOutput: true });
  if (stopping.aborted) return await asItIs();
  const { promise: stopped, resolve } = Promise.withResolvers<'stopped'>();
  const onStop = () => resolve('stopped');
  stopping.addEventListener('abort', onStop, { once: true });
  try {
    const waited = bus.request('tasks.wait', { principal, id, waitMs }, { timeoutMs: waitMs + BUS_SLACK_MS });
    const first = await Promise.race([waited, stopped]);
    if (first !== 'stopped') return first;
    waited.catch(() => undefined);
    return await asItIs();
  } finally {
    stopping.removeEventListener('abort', onStop);
  }
}
