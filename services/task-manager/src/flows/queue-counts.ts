import type { TaskStats } from '@deai/protocol';
import type { LiveTask } from '../domain/task.ts';

const WINDOW_S = 10;
const SAMPLES = 1024;

type Counted = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** Running totals of the queue, kept as tasks move, so that statistics never scan tables. */
export interface QueueCounts {
  /** Sets what was waiting and done before this process started. */
  restore(before: { waiting: { kind: string; pending: number }[]; completed: number; failed: number }): void;
  move(task: Pick<LiveTask, 'kind'>, from: Counted | null, to: Counted): void;
  completed(task: Pick<LiveTask, 'kind'>, queueMs: number): void;
  stats(): TaskStats;
}

interface KindCounts {
  pending: number;
  running: number;
  completed: number;
}

export function createQueueCounts(now: () => number): QueueCounts {
  const kinds = new Map<string, KindCounts>();
  const ends = { completed: 0, failed: 0, cancelled: 0 };
  const perSecond = new Map<number, number>();
  const queueMs: number[] = [];
  let samples = 0;

  function of(kind: string): KindCounts {
    let counts = kinds.get(kind);
    if (!counts) {
      counts = { pending: 0, running: 0, completed: 0 };
      kinds.set(kind, counts);
    }
    return counts;
  }
  function add(kind: string, state: Counted, by: number): void {
    if (state === 'pending' || state === 'running' || state === 'completed') of(kind)[state] += by;
    if (state === 'completed' || state === 'failed' || state === 'cancelled') ends[state] += by;
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
    restore({ waiting, completed, failed }) {
      for (const { kind, pending } of waiting) of(kind).pending += pending;
      ends.completed += completed;
      ends.failed += failed;
    },
    move(task, from, to) {
      if (from) add(task.kind, from, -1);
      add(task.kind, to, 1);
    },
    completed(task, waitedMs) {
      add(task.kind, 'running', -1);
      add(task.kind, 'completed', 1);
      const second = Math.floor(now() / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      queueMs[samples++ % SAMPLES] = waitedMs;
    },
    stats() {
      const sorted = [...queueMs].sort((a, b) => a - b);
      const byKind = [...kinds].map(([kind, counts]) => ({ kind, ...counts }));
      return {
        pending: byKind.reduce((sum, k) => sum + Math.max(0, k.pending), 0),
        running: byKind.reduce((sum, k) => sum + k.running, 0),
        ...ends,
        throughput: throughput(),
        queueMsP50: percentile(sorted, 0.5),
        queueMsP95: percentile(sorted, 0.95),
        byKind,
      };
    },
  };
}
