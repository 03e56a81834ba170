import Type, { type Static } from 'typebox';
import { TASK_PRIORITIES } from '../pricing.ts';
import { TASK_STATES, type TaskState } from '../task-states.ts';
import { Id, Text, Timestamp, YoctoAmount } from '../wire/common.ts';
import { Nullable, OneOf, Page, PageQuery, strict } from './common.ts';
import { UsdValue } from './prices.ts';

export const TASK_STATE_NAMES = Object.keys(TASK_STATES) as TaskState[];
export const MAX_BATCH = 1_000;

/** Labels of a task, at most. */
export const MAX_LABELS = 16;

/** Labels by name, with names that the `label` of a query can ask for. */
const Labels = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: { pattern: '^[^=\\u0000\\uD800-\\uDFFF]{1,64}$' },
  additionalProperties: Text({ maxLength: 256 }),
  maxProperties: MAX_LABELS,
});

/** What a task works on, whatever its kind: {@link TaskInput} of each. */
export const AnyTaskInput = Type.Record(Type.String(), Type.Unknown(), {
  description: 'see GET /api/v1/network/kinds for the schema of each kind',
});

export const TaskRequest = Type.Object(
  {
    kind: Text({ minLength: 1, maxLength: 64 }),
    model: Type.Optional(Text({ minLength: 1, maxLength: 200 })),
    input: AnyTaskInput,
    priority: Type.Optional(OneOf(TASK_PRIORITIES)),
    /** Limit of one attempt. */
    timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 3_600_000 })),
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
    /** Refuse the task when its quote is higher. */
    maxPriceYocto: Type.Optional(YoctoAmount),
    requirements: Type.Optional(
      Type.Object(
        {
          memoryMiB: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_048_576 })),
          region: Type.Optional(Text({ minLength: 1, maxLength: 64 })),
        },
        strict,
      ),
    ),
    /** Verification bought with the task. Only `none` is offered so far. */
    verification: Type.Optional(Text({ maxLength: 32 })),
    labels: Type.Optional(Labels),
  },
  strict,
);
export type TaskRequest = Static<typeof TaskRequest>;

/** One task, or up to {@link MAX_BATCH} that are accepted or refused together. */
export const SubmitRequest = Type.Union([
  TaskRequest,
  Type.Object({ tasks: Type.Array(TaskRequest, { minItems: 1, maxItems: MAX_BATCH }) }, strict),
]);
export type SubmitRequest = Static<typeof SubmitRequest>;

/** Upper bound of the price: held at submission, the unused part returned at the end. */
export const Quote = Type.Object({
  kind: Type.String(),
  model: Type.String(),
  unit: Type.String(),
  units: Type.Number(),
  totalYocto: YoctoAmount,
  rewardYocto: YoctoAmount,
  feeYocto: YoctoAmount,
  /** What `totalYocto` is worth, for people to read; `null` when the network knows no price of the token. */
  usd: Nullable(UsdValue),
  priceListVersion: Type.Integer(),
  predictedStart: Nullable(Timestamp),
  capableNodes: Type.Object({ registered: Type.Integer(), online: Type.Integer() }),
});
export type Quote = Static<typeof Quote>;

export const SubmittedTask = Type.Object({
  id: Id,
  status: OneOf(TASK_STATE_NAMES),
  quoteYocto: YoctoAmount,
  predictedStart: Nullable(Timestamp),
});
export type SubmittedTask = Static<typeof SubmittedTask>;

export const SubmitResponse = Type.Union([SubmittedTask, Type.Object({ tasks: Type.Array(SubmittedTask) })]);

export const TaskError = Type.Object({ code: Type.String(), message: Type.String() });

export const Task = Type.Object({
  id: Id,
  kind: Type.String(),
  model: Type.String(),
  status: OneOf(TASK_STATE_NAMES),
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  priority: OneOf(TASK_PRIORITIES),
  requesterId: Id,
  nodeId: Nullable(Id),
  attempt: Type.Integer({ description: 'attempts begun' }),
  maxAttempts: Type.Integer(),
  timeoutMs: Type.Integer(),
  labels: Type.Record(Type.String(), Type.String()),
  createdAt: Timestamp,
  assignedAt: Nullable(Timestamp),
  startedAt: Nullable(Timestamp),
  endedAt: Nullable(Timestamp),
  estimatedCompletion: Nullable(Timestamp),
  queueMs: Nullable(Type.Number({ description: 'submission to start of the last attempt' })),
  runMs: Nullable(Type.Number({ description: 'run time of the last attempt, as the node measured it' })),
  unit: Type.String(),
  unitsQuoted: Type.Number(),
  unitsUsed: Nullable(Type.Number()),
  quoteYocto: YoctoAmount,
  priceYocto: Nullable(YoctoAmount),
  rewardYocto: Nullable(YoctoAmount),
  feeYocto: Nullable(YoctoAmount),
  refundYocto: Nullable(YoctoAmount),
  verification: OneOf(['unverified', 'passed', 'disputed'] as const),
  settlement: OneOf(['none', 'batched', 'settled'] as const),
  inputHash: Type.String(),
  outputHash: Nullable(Type.String()),
  error: Nullable(TaskError),
  /** Present on a single task, left out of listings. */
  output: Type.Optional(Type.Unknown()),
});
export type Task = Static<typeof Task>;

export const TaskQuery = Type.Object(
  {
    ...PageQuery,
    status: Type.Optional(OneOf(TASK_STATE_NAMES)),
    kind: Type.Optional(Text({ maxLength: 64 })),
    nodeId: Type.Optional(Id),
    createdAfter: Type.Optional(Timestamp),
    createdBefore: Type.Optional(Timestamp),
    label: Type.Optional(
      Type.String({
        maxLength: 330,
        pattern: '^[^=\\u0000\\uD800-\\uDFFF]{1,64}=[^\\u0000\\uD800-\\uDFFF]{0,256}$',
        description: 'name=value',
      }),
    ),
  },
  strict,
);
export type TaskQuery = Static<typeof TaskQuery>;
export const TaskPage = Page(Task);

/** What happened to a task, oldest first. */
export const TaskEvent = Type.Object({
  at: Timestamp,
  event: OneOf(['submitted', 'assigned', 'started', 'attempt_failed', 'completed', 'failed', 'cancelled'] as const),
  attempt: Type.Integer(),
  nodeId: Nullable(Id),
  error: Nullable(TaskError),
});
export type TaskEvent = Static<typeof TaskEvent>;

export const TaskWhy = Type.Object({
  id: Id,
  status: OneOf(TASK_STATE_NAMES),
  reason: OneOf([
    'waiting_for_turn',
    'nodes_busy',
    'nodes_offline',
    'nodes_paused',
    'no_capable_node',
    'retry_backoff',
    'being_assigned',
    'running',
    'ended',
  ] as const),
  explanation: Type.String(),
  tasksAhead: Type.Integer(),
  nodes: Type.Object({ capable: Type.Integer(), online: Type.Integer(), free: Type.Integer() }),
  predictedStart: Nullable(Timestamp),
  lastError: Nullable(TaskError),
});
export type TaskWhy = Static<typeof TaskWhy>;

export const CancelRequest = Type.Object({ taskId: Id }, strict);
export const CancelResponse = Type.Object({ id: Id, status: OneOf(TASK_STATE_NAMES) });
export type CancelResponse = Static<typeof CancelResponse>;
