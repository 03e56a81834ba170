import {
  canonicalJson,
  DeaiError,
  kindSpec,
  type PriceList,
  type Principal,
  type Quote,
  type SubmittedTask,
  sha256Hex,
  type TaskRequest,
} from '@deai/protocol';
import { createBatcher, requireScope } from '@deai/service-kit';
import { type Assessment, assess, toNewTask } from '../domain/intake.ts';
import type { Submission, SubmissionOutcome } from '../domain/ports.ts';
import { predictStart, tasksAhead } from '../domain/predictor.ts';
import type { LiveTask, NewTask } from '../domain/task.ts';
import type { Backlog } from './backlog.ts';
import type { Capacity } from './capacity.ts';
import type { DispatchFlow } from './dispatch.flow.ts';
import type { Engine } from './engine.ts';
import { createCommit } from './submission-commit.ts';
import type { UsdPrice } from './usd-price.ts';

/** Takes tasks in: checked, priced, held and stored in one commit, and given to a node at once when one is free. */
export interface SubmitFlow {
  submit(principal: Principal, requests: TaskRequest[], idempotencyKey?: string): Promise<SubmittedTask[]>;
  quote(principal: Principal, request: TaskRequest): Promise<Quote>;
  drain(): Promise<void>;
}

const MAX_ROWS = 1000;

export interface SubmitParts {
  engine: Engine;
  dispatch: DispatchFlow;
  backlog: Backlog;
  capacity: Capacity;
  prices(): Promise<PriceList>;
  usd: Pick<UsdPrice, 'valueOf'>;
}

export function createSubmitFlow({ engine, dispatch, backlog, capacity, prices, usd }: SubmitParts): SubmitFlow {
  const { scheduler, store, config } = engine;
  let submitting = 0;
  const batcher = createBatcher<Submission, SubmissionOutcome>({
    maxItems: MAX_ROWS,
    concurrency: config.DEAI_TASKS_WRITERS,
    lingerMs: config.DEAI_TASKS_LINGER_MS,
    weigh: (submission) => submission.tasks.length,
    flush: createCommit(engine, dispatch, backlog),
  });

  async function commitOnce(submission: Submission): Promise<SubmissionOutcome> {
    const outcome = await batcher.add(submission);
    if (outcome.status !== 'refused' || outcome.code !== 'NO_ACCOUNT') return outcome;
    // The account is opened on registration by an event, which may be on its way or lost.
    await engine.bus.request('rewards.openAccount', { userId: submission.requesterId });
    return await batcher.add(submission);
  }

  function predict(task: Pick<LiveTask, 'classKey' | 'requesterId' | 'priority'>): string | null {
    const capability = scheduler.classes.get(task.classKey);
    const at = predictStart(capability, tasksAhead(capability, task), engine.now());
    return at === null ? null : new Date(at).toISOString();
  }
  function submitted({ task, lease }: NewTask): SubmittedTask {
    return {
      id: task.id,
      status: lease ? 'assigned' : 'pending',
      quoteYocto: task.holdYocto.toString(),
      predictedStart: lease ? new Date(lease.assignedAtMs).toISOString() : predict(task),
    };
  }
  async function repeated(taskIds: string[]): Promise<SubmittedTask[]> {
    return (await store.details(taskIds)).map(({ task }) => ({
      id: task.id,
      status: task.status,
      quoteYocto: task.quoteYocto,
      predictedStart: task.startedAt ?? task.assignedAt,
    }));
  }

  async function prepare(principal: Principal, requests: TaskRequest[]): Promise<NewTask[]> {
    const list = await prices();
    const assessed = requests.map((request, i) => assess(request, list, requests.length > 1 ? i : undefined));
    await capacity.requireAll(assessed.map((a) => a.needs));
    const nowMs = engine.now();
    const tasks = requests.map((request, i) => toNewTask(request, assessed[i] as Assessment, principal.userId, nowMs, list.feeBps));
    return await Promise.all(tasks.map((task) => storeLargeInput(engine, task)));
  }

  return {
    async submit(principal, requests, idempotencyKey) {
      requireScope(principal, 'tasks:write');
      if (submitting + requests.length > config.DEAI_TASKS_MAX_SUBMITTING) {
        throw new DeaiError('OVERLOADED', { retryAfterS: 1, hint: 'Too many submissions are waiting for their commit.' });
      }
      submitting += requests.length;
      try {
        const tasks = await prepare(principal, requests);
        const idempotency =
          idempotencyKey === undefined ? {} : { idempotency: { key: idempotencyKey, requestHash: sha256Hex(canonicalJson(requests)) } };
        const outcome = await commitOnce({ requesterId: principal.userId, tasks, ...idempotency });
        if (outcome.status === 'repeated') return await repeated(outcome.taskIds);
        if (outcome.status === 'refused') throw refusal(outcome.code, tasks);
        return tasks.map(submitted);
      } finally {
        submitting -= requests.length;
      }
    },
    async quote(principal, request) {
      requireScope(principal, 'tasks:read');
      const list = await prices();
      const { kind, needs, classKey, units, price } = assess(request, list);
      const { registered, online } = await capacity.require(needs);
      return {
        kind,
        model: needs.model,
        unit: kindSpec(kind).unit,
        units,
        totalYocto: price.totalYocto.toString(),
        rewardYocto: price.rewardYocto.toString(),
        feeYocto: price.feeYocto.toString(),
        usd: await usd.valueOf(price.totalYocto),
        priceListVersion: list.version,
        predictedStart: predict({
          classKey: scheduler.classOf({ classKey, needs }).key,
          requesterId: principal.userId,
          priority: request.priority ?? 'normal',
        }),
        capableNodes: { registered, online },
      };
    },
    drain: () => batcher.drain(),
  };
}

function refusal(code: 'INSUFFICIENT_FUNDS' | 'IDEMPOTENCY_KEY_REUSED' | 'NO_ACCOUNT', tasks: NewTask[]): DeaiError {
  if (code === 'IDEMPOTENCY_KEY_REUSED') return new DeaiError(code);
  const neededYocto = tasks.reduce((sum, { task }) => sum + task.holdYocto, 0n).toString();
  return new DeaiError('INSUFFICIENT_FUNDS', { neededYocto, hint: 'GET /api/v1/user/billing shows what is available.' });
}

/** Inputs above the inline bound go to the object store, before the row that refers to them. */
async function storeLargeInput(engine: Engine, fresh: NewTask): Promise<NewTask> {
  if (fresh.inputText === null || fresh.inputText.length <= engine.config.DEAI_TASKS_INLINE_BYTES) return fresh;
  const inputRef = await engine.objects.put(Buffer.from(fresh.inputText));
  return { ...fresh, inputText: null, task: { ...fresh.task, input: undefined, inputRef } };
}
