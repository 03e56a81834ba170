import type { TaskStats } from '@deai/protocol';
import type { InstanceCounts, InstanceRow } from '../domain/claims.ts';
import type { TaskStore } from '../domain/ports.ts';
import type { Scheduler } from '../domain/scheduler.ts';
import type { QueueCounts } from './queue-counts.ts';

/**
 * The counts of all task managers. Each writes what it counted since its start with its sign of life; whoever is asked adds up. With
 * others beside this one, what they did is told up to a second late, what waits is counted in the database every two seconds, and what an
 * instance ended in the second before it was killed is missing until the next start.
 */
export interface NetworkCounts {
  /** What was waiting and done before this instance started. */
  restore(before: { waiting: { kind: string; pending: number }[]; completed: number; failed: number }): void;
  /** This instance's own, for the others. */
  own(): InstanceCounts;
  /** What the others wrote. What was there at the first time is among what was done before. */
  update(others: readonly InstanceRow[], alive: ReadonlySet<string>): void;
  stats(): Promise<TaskStats>;
}

const RECOUNT_MS = 2_000;

export interface NetworkCountsParts {
  counts: QueueCounts;
  scheduler: Scheduler;
  store: Pick<TaskStore, 'countWaiting'>;
  /** Whether other instances count as well. */
  shared(): boolean;
  now(): number;
}

export function createNetworkCounts({ counts, scheduler, store, shared, now }: NetworkCountsParts): NetworkCounts {
  const before = { completed: 0, failed: 0 };
  const baseline = new Map<string, InstanceCounts>();
  const others = new Map<string, { counts: InstanceCounts; alive: boolean }>();
  let first = true;
  let countedMs = 0;

  function own(): InstanceCounts {
    const { completedByKind, ...ended } = counts.ended();
    const running = new Map<string, number>();
    for (const { needs, running: leases } of scheduler.classes.values()) running.set(needs.kind, (running.get(needs.kind) ?? 0) + leases);
    const kinds = new Set([...running.keys(), ...completedByKind.keys()]);
    const byKind = [...kinds].map((kind) => ({ kind, running: running.get(kind) ?? 0, completed: completedByKind.get(kind) ?? 0 }));
    return { ...ended, byKind };
  }
  /** What the others ended since this instance started, and what the living ones do. */
  function ofOthers(): InstanceCounts[] {
    return [...others].map(([id, { counts: told, alive }]) => {
      const then = baseline.get(id);
      return {
        completed: told.completed - (then?.completed ?? 0),
        failed: told.failed - (then?.failed ?? 0),
        cancelled: told.cancelled - (then?.cancelled ?? 0),
        throughput: alive ? told.throughput : 0,
        queueMsP50: told.queueMsP50,
        queueMsP95: told.queueMsP95,
        byKind: told.byKind.map(({ kind, running, completed }) => ({
          kind,
          running: alive ? running : 0,
          completed: completed - (then?.byKind.find((k) => k.kind === kind)?.completed ?? 0),
        })),
      };
    });
  }

  return {
    own,
    restore({ waiting, completed, failed }) {
      counts.setPending(waiting);
      Object.assign(before, { completed, failed });
    },
    update(rows, alive) {
      for (const { id, counts: told } of rows) {
        if (!told) continue;
        if (first) baseline.set(id, told);
        others.set(id, { counts: told, alive: alive.has(id) });
      }
      first = false;
    },
    async stats() {
      if (shared() && now() - countedMs > RECOUNT_MS) {
        countedMs = now();
        counts.setPending(await store.countWaiting());
      }
      return addUp(counts.pending, before, [own(), ...ofOthers()]);
    },
  };
}

function addUp(pending: ReadonlyMap<string, number>, before: { completed: number; failed: number }, all: InstanceCounts[]): TaskStats {
  const sum = (of: (counts: InstanceCounts) => number) => all.reduce((total, counts) => total + of(counts), 0);
  const throughput = sum((c) => c.throughput);
  /** Of each instance in proportion to what it completes. */
  const weighted = (of: (counts: InstanceCounts) => number) =>
    throughput > 0 ? Math.round(sum((c) => of(c) * c.throughput) / throughput) : of(all[0] as InstanceCounts);
  const kinds = new Set([...pending.keys(), ...all.flatMap(({ byKind }) => byKind.map(({ kind }) => kind))]);
  const byKind = [...kinds].map((kind) => {
    const ofKind = all.flatMap((counts) => counts.byKind.filter((k) => k.kind === kind));
    return {
      kind,
      pending: Math.max(0, pending.get(kind) ?? 0),
      running: ofKind.reduce((total, k) => total + k.running, 0),
      completed: ofKind.reduce((total, k) => total + k.completed, 0),
    };
  });
  return {
    pending: byKind.reduce((total, k) => total + k.pending, 0),
    running: byKind.reduce((total, k) => total + k.running, 0),
    completed: before.completed + sum((c) => c.completed),
    failed: before.failed + sum((c) => c.failed),
    cancelled: sum((c) => c.cancelled),
    throughput,
    queueMsP50: weighted((c) => c.queueMsP50),
    queueMsP95: weighted((c) => c.queueMsP95),
    byKind,
  };
}
