import type { LiveTask } from '../domain/task.ts';

const WINDOW_S = 10;
const SAMPLES = 1024;

type Counted = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** Running totals of this instance, kept as tasks move, so that statistics never scan tables. What runs is the scheduler's to know. */
export interface QueueCounts {
  /** Sets what waits, as the database counted it. */
  setPending(waiting: { kind: string; pending: number }[]): void;
  move(task: Pick<LiveTask, 'kind'>, from: Counted | null, to: Counted): void;
  completed(task: Pick<LiveTask, 'kind'>, queueMs: number): void;
  /** Waiting tasks by kind: the network's, while no other instance counts with it. */
  readonly pending: ReadonlyMap<string, number>;
  /** What this instance ended since it started, and how fast. */
  ended(): Ended;
}

export interface Ended {
  completed: number;
  failed: number;
  cancelled: number;
  completedByKind: ReadonlyMap<string, number>;
  throughput: number;
  queueMsP50: number;
  queueMsP95: number;
}

export function createQueueCounts(now: () => number): QueueCounts {
  const pending = new Map<string, number>();
  const completedByKind = new Map<string, number>();
  const ends = { completed: 0, failed: 0, cancelled: 0 };
  const perSecond = new Map<number, number>();
  const queueMs: number[] = [];
  let samples = 0;

  function add(kind: string, state: Counted, by: number): void {
    if (state === 'pending') pending.set(kind, (pending.get(kind) ?? 0) + by);
    else if (state !== 'running') ends[state] += by;
  }
  function throughput(): number {
    const second = Math.floor(now() / 1000);
    let sum = 0;
    for (const [at, count] of perSecond) {
      if (at < second - WINDOW_S) perSecond.delete(at);
      else if (at < second) sum += count;
    }
    return sum / WINDOW_S;
  }
  function percentile(sorted: number[], p: number): number {
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0);
  }

  return {
    pending,
    setPending(waiting) {
      pending.clear();
      for (const { kind, pending: count } of waiting) pending.set(kind, count);
    },
    move(task, from, to) {
      if (from) add(task.kind, from, -1);
      add(task.kind, to, 1);
    },
    completed(task, waitedMs) {
      add(task.kind, 'completed', 1);
      completedByKind.set(task.kind, (completedByKind.get(task.kind) ?? 0) + 1);
      const second = Math.floor(now() / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      queueMs[samples++ % SAMPLES] = waitedMs;
    },
    ended() {
      const sorted = [...queueMs].sort((a, b) => a - b);
      return {
        ...ends,
        completedByKind,
        throughput: throughput(),
        queueMsP50: percentile(sorted, 0.5),
        queueMsP95: percentile(sorted, 0.95),
      };
    },
  };
}
