import { DeaiError } from '@deai/protocol';
import { type Env, parseEnv } from '@deai/service-kit';
import Type, { type Static } from 'typebox';

const Ms = (description: string, standard: number) => Type.Integer({ minimum: 1, default: standard, description });

const MINUTES_A_DAY = 1_440;

const TaskManagerEnv = Type.Object({
  DEAI_TASKS_LEASE_SLACK_MS: Ms('a lease ends this long after the time limit of its task', 30_000),
  DEAI_TASKS_RECONNECT_GRACE_MS: Ms('when an instance is gone, how long its nodes have to come back with their leases', 15_000),
  DEAI_TASKS_DEAD_MS: Type.Integer({
    // Signs of life come every second: fewer than three would give instances up that are only busy.
    minimum: 3_000,
    default: 5_000,
    description: 'a task manager without a sign of life for this long is gone, and others take over',
  }),
  DEAI_TASKS_MAX_SUBMITTING: Type.Integer({ minimum: 1, default: 20_000, description: 'tasks waiting for their commit; 503 above' }),
  DEAI_TASKS_WINDOW: Type.Integer({
    minimum: 100,
    default: 50_000,
    description: 'waiting tasks kept in memory; the rest waits in the database',
  }),
  DEAI_TASKS_INLINE_BYTES: Type.Integer({ minimum: 0, default: 32_768, description: 'larger inputs and outputs go to the object store' }),
  DEAI_TASKS_WRITERS: Type.Integer({
    minimum: 1,
    maximum: 16,
    default: 1,
    description: 'connections for submissions, and as many for completions',
  }),
  DEAI_TASKS_LINGER_MS: Type.Integer({
    minimum: 0,
    maximum: 1_000,
    default: 6,
    description: 'a batch that is not full is committed at the earliest this long after the one before',
  }),
  DEAI_TASKS_PARTITION_DAYS: Type.Integer({
    minimum: 1,
    maximum: 60,
    default: 3,
    description: 'days of partitions made ahead, 64 at most',
  }),
  DEAI_TASKS_PARTITION_MINUTES: Type.Integer({
    minimum: 1,
    maximum: MINUTES_A_DAY,
    default: MINUTES_A_DAY,
    description: 'length of new partitions of the task tables; divides a day',
  }),
  DEAI_TASKS_ARCHIVE_AFTER_HOURS: Type.Number({
    minimum: 0,
    default: 720,
    description: 'partitions older than this go to the object store when all their tasks have ended; 0: never; fractions are fine',
  }),
  DEAI_TASKS_COMPLETION_LOG_HOURS: Type.Number({
    minimum: 0.01,
    default: 24,
    description: 'how long the log of completions is kept where nobody settles; otherwise until it is settled',
  }),
  DEAI_SPONSOR_ACCOUNT: Type.String({
    pattern: '^[a-z0-9._-]{2,64}$',
    default: 'sponsor.deai',
    description: 'NEAR account that pays on chain for requesters without one',
  }),
  DEAI_TASKS_RETENTION_DAYS: Type.Number({
    minimum: 0,
    default: 0,
    description: 'archived tasks older than this are deleted; 0: kept for ever; fractions are fine',
  }),
});

export type TaskManagerConfig = Static<typeof TaskManagerEnv>;
export const TASK_MANAGER_ENV = TaskManagerEnv;

/** The task manager's configuration. @throws DeaiError `CONFIG_INVALID` */
export function loadTaskManagerConfig(env: Env): TaskManagerConfig {
  const config = parseEnv(TaskManagerEnv, env);
  if (MINUTES_A_DAY % config.DEAI_TASKS_PARTITION_MINUTES !== 0) {
    throw new DeaiError('CONFIG_INVALID', { DEAI_TASKS_PARTITION_MINUTES: `must divide ${MINUTES_A_DAY}` });
  }
  return config;
}
