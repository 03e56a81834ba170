import { isTaskKind, type WireResult, type WireTask } from '@deai/protocol';
import type { Logger } from 'pino';
import type { Failure, Outcome } from '../isolation/host.messages.ts';
import type { LaneRunner } from '../isolation/lane-runner.ts';
import type { ResultSpool } from '../spool/result-spool.ts';
import { takeBatch } from './batch.ts';
import { checkInput, checkOutput } from './kind-checks.ts';

/** What the queue tells the rest of the agent. */
export interface QueueEvents {
  onStarted(leaseId: string, startedAtMs: number): void;
  onProgress(leaseId: string, progress: number): void;
  /** The lease goes back unrun. */
  onRefused(leaseId: string, reason: string): void;
  /** A result is on disk and can be sent. */
  onResult(leaseId: string): void;
}

export interface WorkQueueOptions {
  credits: number;
  spool: ResultSpool;
  logger: Logger;
}

export interface QueueCounts {
  running: number;
  queued: number;
  completed: number;
  failed: number;
}

/** Holds leases from assignment until their result is on disk. */
export interface WorkQueue {
  readonly counts: QueueCounts;
  addLane(runner: LaneRunner): void;
  /** Takes tasks, or refuses them: the node drains, is full, or does not offer their kind and model. Known leases are skipped. */
  assign(tasks: readonly WireTask[]): void;
  /** Stops work on leases, without a result. */
  cancel(leaseIds: readonly string[]): void;
  /** Leases queued, running or spooled. */
  holding(): string[];
  /** Running leases with the time they started. */
  started(): { leaseId: string; startedAtMs: number }[];
  /** Refuses what is queued and all that comes; what runs goes on. */
  drain(): void;
  /** A slot may be free. */
  pump(): void;
  /** For the lanes' events. */
  settle(leaseId: string, outcome: Outcome): void;
  giveBack(leaseIds: readonly string[]): void;
  progress(leaseId: string, progress: number): void;
}

interface Running {
  task: WireTask;
  runner: LaneRunner;
  startedAtMs: number;
  /** Its result is being written to disk: it can no longer be stopped. */
  ended: boolean;
}

export function createWorkQueue({ credits, spool, logger }: WorkQueueOptions, events: QueueEvents): WorkQueue {
  const runners: LaneRunner[] = [];
  const queues = new Map<LaneRunner, WireTask[]>();
  const queued = new Set<string>();
  const running = new Map<string, Running>();
  /** Leases whose run was cut short by another task once: a second time they fail. */
  const returned = new Set<string>();
  const totals = { completed: 0, failed: 0 };
  let draining = false;

  function refusal(task: WireTask, runner: LaneRunner | undefined): string | undefined {
    if (draining) return 'The node is draining.';
    if (spool.full) return 'The node has too many undelivered results.';
    if (!runner) return `The node does not offer ${task.kind} with the model ${task.model}.`.slice(0, 500);
    if (queued.size + running.size >= credits) return `The node holds all ${credits} leases of its offer.`;
    return undefined;
  }

  function accept(task: WireTask): void {
    if (queued.has(task.leaseId) || running.has(task.leaseId) || spool.pending.has(task.leaseId)) return;
    const runner = runners.find(({ lane }) => lane.kind === task.kind && lane.models.includes(task.model));
    const reason = refusal(task, runner);
    if (reason !== undefined || !runner) {
      events.onRefused(task.leaseId, reason ?? '');
      return;
    }
    queued.add(task.leaseId);
    queues.get(runner)?.push(task);
  }

  function pump(): void {
    for (const runner of runners) {
      const queue = queues.get(runner) ?? [];
      while (queue.length > 0 && runner.free) start(runner, takeBatch(queue, runner.batchSize));
    }
  }

  function start(runner: LaneRunner, tasks: WireTask[]): void {
    const startedAtMs = Date.now();
    const fit: WireTask[] = [];
    for (const task of tasks) {
      queued.delete(task.leaseId);
      running.set(task.leaseId, { task, runner, startedAtMs, ended: false });
      events.onStarted(task.leaseId, startedAtMs);
      const problem = checkInput(runner.lane.kind, task.input);
      if (problem === undefined) fit.push(task);
      else finish(task.leaseId, failed({ code: 'TASK_INPUT_REJECTED', message: problem, cause: 'requester' }));
    }
    if (fit.length > 0) runner.run(fit.map(({ leaseId, model, input, timeoutMs }) => ({ leaseId, model, input, timeoutMs })));
  }

  function finish(leaseId: string, outcome: Outcome): void {
    const entry = running.get(leaseId);
    if (!entry || entry.ended) return;
    entry.ended = true;
    const checked = checkedOutcome(entry.task, outcome);
    void spool.append(toResult(entry, checked)).then(
      () => {
        if ('output' in checked) totals.completed++;
        else totals.failed++;
        release(leaseId);
        events.onResult(leaseId);
      },
      (error: Error) => {
        logger.error({ err: error, leaseId }, 'result could not be written to the spool: the lease goes back');
        release(leaseId);
        events.onRefused(leaseId, 'The node could not store the result.');
      },
    );
  }

  function release(leaseId: string): void {
    running.delete(leaseId);
    returned.delete(leaseId);
  }

  function stop(leaseId: string): void {
    const entry = running.get(leaseId);
    if (entry && !entry.ended) {
      release(leaseId);
      entry.runner.cancel(leaseId);
    }
    if (!queued.delete(leaseId)) return;
    for (const queue of queues.values()) {
      const at = queue.findIndex((task) => task.leaseId === leaseId);
      if (at >= 0) queue.splice(at, 1);
    }
  }

  return {
    get counts() {
      return { running: running.size, queued: queued.size, ...totals };
    },
    addLane(runner) {
      runners.push(runner);
      queues.set(runner, []);
    },
    assign(tasks) {
      for (const task of tasks) accept(task);
      pump();
    },
    cancel(leaseIds) {
      for (const leaseId of leaseIds) stop(leaseId);
      pump();
    },
    holding: () => [...queued, ...running.keys(), ...spool.pending.keys()].slice(0, 10_000),
    started: () => [...running].map(([leaseId, { startedAtMs }]) => ({ leaseId, startedAtMs })),
    drain() {
      draining = true;
      for (const leaseId of [...queued]) {
        stop(leaseId);
        events.onRefused(leaseId, 'The node is draining.');
      }
    },
    pump,
    settle: finish,
    giveBack(leaseIds) {
      for (const leaseId of leaseIds) {
        const entry = running.get(leaseId);
        if (!entry) continue;
        if (returned.has(leaseId)) {
          finish(leaseId, failed({ code: 'EXECUTION_FAILED', message: 'The executor was stopped twice under this task.', cause: 'node' }));
          continue;
        }
        returned.add(leaseId);
        running.delete(leaseId);
        queued.add(leaseId);
        queues.get(entry.runner)?.unshift(entry.task);
      }
    },
    progress(leaseId, progress) {
      if (running.has(leaseId)) events.onProgress(leaseId, Math.min(1, Math.max(0, progress)));
    },
  };
}

function failed(failure: Failure): Outcome {
  return { failure, units: 0, runMs: 0 };
}

/** An output that does not match its kind would be refused by the server as the node's fault: it is one. */
function checkedOutcome(task: WireTask, outcome: Outcome): Outcome {
  if (!('output' in outcome) || !isTaskKind(task.kind)) return outcome;
  const problem = checkOutput(task.kind, outcome.output);
  if (problem === undefined) return outcome;
  const { runMs } = outcome;
  return { failure: { code: 'EXECUTION_FAILED', message: `The executor's output is wrong: ${problem}`, cause: 'node' }, units: 0, runMs };
}

function toResult({ task, startedAtMs }: Running, outcome: Outcome): WireResult {
  const { taskId, leaseId } = task;
  const facts = { taskId, leaseId, startedAtMs, runMs: outcome.runMs, units: outcome.units };
  return 'output' in outcome ? { ...facts, output: outcome.output } : { ...facts, failure: outcome.failure };
}
