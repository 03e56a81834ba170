import type { Stop } from '@deai/bus';
import type { CommandInput, TaskChange } from '@deai/protocol';
import type { CapabilityClass } from '../domain/capability-class.ts';
import type { LiveTask } from '../domain/task.ts';
import { hasMovedOn } from './changes.ts';
import type { Engine } from './engine.ts';

/**
 * Waiting tasks go where nodes are free. An instance whose nodes cannot keep up says so; another one whose nodes are free borrows tasks in
 * their turn, and assigns them as its own. The lender forgets them: so no two instances try to assign the same task, and turns between
 * requesters hold. What it does not hear of in time it takes back; a task that two hold all the same is assigned once, by its state.
 */
export interface SharingFlow {
  /** Something of this class may wait for nodes that this instance does not have. */
  waits(): void;
  /** Borrows, when nodes of the class run out of work and another instance said that it has some. */
  topUp(capability: CapabilityClass): void;
  lend(asked: CommandInput<'tasks.lend'>): { taskIds: string[] };
  /** Another instance changed a task: it is in good hands. */
  heard(change: TaskChange): void;
  start(): Promise<void>;
  stop(): void;
}

/** What sharing asks of dispatch. */
export interface SharingHooks {
  queue(task: LiveTask): void;
  fillClass(capability: CapabilityClass): void;
}

const FIRST_WORD_MS = 10;
const NEXT_WORD_MS = 100;
const LEND_TIMEOUT_MS = 2_000;
/** Far above the time between lending and the news of the assignment. */
const TAKE_BACK_MS = 5_000;
const MAX_LENT = 512;

export function createSharingFlow(engine: Engine, hooks: SharingHooks): SharingFlow {
  const { schedulerId, scheduler, claims, peers, bus, logger } = engine;
  /** Instances with waiting tasks of a class. */
  const lenders = new Map<CapabilityClass, Set<string>>();
  const borrowing = new Set<CapabilityClass>();
  const lent = new Map<string, LiveTask>();
  let word: NodeJS.Timeout | undefined;
  let stopListening: Stop | undefined;

  function say(): void {
    word = undefined;
    if (peers.alive.size === 0) return;
    const short = [...scheduler.classes.values()].filter(({ queue, free }) => queue.size > 0 && free.size === 0);
    if (short.length === 0) return;
    bus.publish('tasks.waiting', { schedulerId, classes: short.map(({ key, needs }) => ({ classKey: key, needs })) });
    word = setTimeout(say, NEXT_WORD_MS).unref();
  }
  /** Tasks that idle nodes could start at once, and some more for when they end, if the lender has plenty. */
  function appetite({ free, credits, running, queue }: CapabilityClass): { free: number; more: number } {
    const idle = free.size === 0 ? 0 : Math.max(free.size, credits - running) - queue.size;
    const ahead = Math.ceil(credits / 2) - queue.size;
    const atOnce = Math.min(MAX_LENT, Math.max(0, idle));
    // Not a handful at a time.
    return { free: atOnce, more: ahead * 4 < credits ? 0 : Math.min(MAX_LENT - atOnce, ahead) };
  }
  async function borrow(capability: CapabilityClass, from: string): Promise<number> {
    const asked = appetite(capability);
    if (asked.free + asked.more === 0) return 0;
    const { taskIds } = await bus.request('tasks.lend', { classKey: capability.key, ...asked }, { to: from, timeoutMs: LEND_TIMEOUT_MS });
    if (taskIds.length < asked.free + asked.more) forgetLender(capability, from);
    if (taskIds.length === 0) return 0;
    const tasks = await claims.waitingById(taskIds);
    for (const task of tasks) scheduler.enqueue(task);
    return tasks.length;
  }
  function forgetLender(capability: CapabilityClass, from: string): void {
    const known = lenders.get(capability);
    known?.delete(from);
    if (known?.size === 0) lenders.delete(capability);
  }
  function topUp(capability: CapabilityClass): void {
    if (lenders.size === 0 || borrowing.has(capability)) return;
    const [from] = lenders.get(capability) ?? [];
    if (from === undefined) return;
    borrowing.add(capability);
    borrow(capability, from)
      .catch((error: unknown) => {
        forgetLender(capability, from);
        logger.info({ err: error, from, class: capability.key }, 'no tasks borrowed');
        return 0;
      })
      .then((count) => {
        borrowing.delete(capability);
        if (count > 0) hooks.fillClass(capability);
      });
  }
  function takeBack(tasks: LiveTask[]): void {
    for (const task of tasks) if (lent.get(task.id) === task && lent.delete(task.id)) hooks.queue(task);
  }

  return {
    waits() {
      if (peers.alive.size > 0) word ??= setTimeout(say, FIRST_WORD_MS).unref();
    },
    topUp,
    lend({ classKey, free, more }) {
      const capability = scheduler.classes.get(classKey);
      if (!capability) return { taskIds: [] };
      const tasks = scheduler.takeOut(capability, Math.min(free + more, Math.max(free, capability.queue.size >> 1)));
      for (const task of tasks) lent.set(task.id, task);
      if (tasks.length > 0) setTimeout(takeBack, TAKE_BACK_MS, tasks).unref();
      hooks.fillClass(capability);
      return { taskIds: tasks.map(({ id }) => id) };
    },
    heard(change) {
      const task = lent.get(change.taskId);
      if (task && hasMovedOn(task, change)) lent.delete(change.taskId);
    },
    async start() {
      stopListening = await bus.subscribe('tasks.waiting', ({ schedulerId: from, classes }) => {
        if (from === schedulerId) return;
        for (const { classKey, needs } of classes) {
          const capability = scheduler.classOf({ classKey, needs });
          if (capability.nodes.size === 0) continue;
          const known = lenders.get(capability);
          if (known) known.add(from);
          else lenders.set(capability, new Set([from]));
          topUp(capability);
        }
      });
    },
    stop() {
      clearTimeout(word);
      stopListening?.();
      lenders.clear();
    },
  };
}
