import type { CapabilityClass } from '../domain/capability-class.ts';
import { FIRST_ID, type Flow } from '../domain/fair-queue.ts';
import type { LiveTask } from '../domain/task.ts';
import type { Engine } from './engine.ts';

/** A flow is read on when fewer than this wait in memory, */
const LOW_WATER = 128;
/** this many at a time. */
const PAGE = 512;
/** However full the window, each flow may keep this many in memory, so that nobody's first tasks wait for a read. */
const FLOW_MINIMUM = 64;

/** Waiting tasks beyond the window of memory: they wait in the database and are read as their turn comes near. */
export interface Backlog {
  /** True when the task may wait in memory; else it is left to the database and its flow is marked. */
  admit(task: LiveTask): boolean;
  /** Reads on the flows of a class that run low; `then` is called with the class when tasks came. */
  topUp(capability: CapabilityClass, then: (capability: CapabilityClass) => void): void;
  /** Marks a flow to be read again from before `id`: what became of its tasks is not known here. */
  reread(task: LiveTask): void;
  /**
   * Finds the flows that wait in the database, and marks those whose class `wanted` accepts to be read from their beginning: at the start,
   * when another instance's tasks were inherited, and to be sure. What is in memory already is passed over.
   */
  restore(wanted?: (capability: CapabilityClass) => boolean): Promise<void>;
}

export function createBacklog(engine: Engine): Backlog {
  const { scheduler, store, config, peers } = engine;
  /** Flows with more in the database, by class, so that a class without any costs nothing. */
  const overflowing = new Map<CapabilityClass, Set<Flow>>();

  function mark(task: LiveTask): void {
    const capability = scheduler.classOf(task);
    const flow = capability.queue.flowOf(task.requesterId, task.priority);
    // Batches may commit out of order: the cursor must not have passed this task.
    readFrom(flow, previousId(task.id));
    note(capability, flow);
  }
  function readFrom(flow: Flow, id: string): void {
    if (id < flow.cursor) flow.cursor = id;
    if (flow.refilling && (flow.missedFrom === null || id < flow.missedFrom)) flow.missedFrom = id;
  }
  function note(capability: CapabilityClass, flow: Flow): void {
    flow.overflow = true;
    const flows = overflowing.get(capability);
    if (flows) flows.add(flow);
    else overflowing.set(capability, new Set([flow]));
  }

  async function refill(capability: CapabilityClass, flow: Flow): Promise<number> {
    flow.refilling = true;
    flow.missedFrom = null;
    try {
      const { requesterId, priority } = flow;
      const tasks = await store.waitingOf({ classKey: capability.key, requesterId, priority }, flow.cursor, PAGE, peers.lookedAfter);
      // What was missed may lie far beyond a full page: the cursor must not jump over what is in between.
      flow.cursor = earlier(tasks.at(-1)?.id ?? flow.cursor, flow.missedFrom);
      flow.overflow = tasks.length === PAGE || flow.missedFrom !== null;
      if (!flow.overflow) overflowing.get(capability)?.delete(flow);
      for (const task of tasks) scheduler.enqueue(task);
      return tasks.length;
    } finally {
      flow.refilling = false;
    }
  }

  return {
    admit(task) {
      const flow = scheduler.classOf(task).queue.flowOf(task.requesterId, task.priority);
      const room = scheduler.waiting < config.DEAI_TASKS_WINDOW || flow.size < FLOW_MINIMUM;
      if (flow.overflow || flow.refilling || !room) {
        mark(task);
        return false;
      }
      if (task.id > flow.cursor) flow.cursor = task.id;
      return true;
    },
    topUp(capability, then) {
      for (const flow of overflowing.get(capability) ?? []) {
        if (flow.refilling || flow.size >= LOW_WATER) continue;
        refill(capability, flow).then(
          (count) => count > 0 && then(capability),
          (error: unknown) => engine.logger.warn({ err: error, class: capability.key }, 'waiting tasks not read, trying again'),
        );
      }
    },
    reread: mark,
    async restore(wanted = () => true) {
      for (const { flow, needs } of await store.waitingFlows()) {
        const capability = scheduler.classOf({ classKey: flow.classKey, needs });
        if (!wanted(capability)) continue;
        const found = capability.queue.flowOf(flow.requesterId, flow.priority);
        readFrom(found, FIRST_ID);
        note(capability, found);
      }
    },
  };
}

function earlier(id: string, other: string | null): string {
  return other !== null && other < id ? other : id;
}

/** An id just below `id`, for a cursor that includes it. */
function previousId(id: string): string {
  return `${id.slice(0, 24)}${'0'.repeat(12)}`;
}
