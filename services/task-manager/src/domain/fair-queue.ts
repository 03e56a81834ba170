import type { TaskPriority } from '@deai/protocol';
import { createMinHeap } from './min-heap.ts';
import type { LiveTask } from './task.ts';

/** Share of a flow by priority: a high task waits a sixteenth of a low one's turns, and nothing waits for ever. */
const PRIORITY_WEIGHTS: Readonly<Record<TaskPriority, number>> = { low: 1, normal: 4, high: 16 };

/** Waiting tasks of one requester at one priority, oldest first. */
export interface Flow {
  readonly key: string;
  readonly requesterId: string;
  readonly priority: TaskPriority;
  /** More tasks of this flow wait in the database, after `cursor`. */
  overflow: boolean;
  /** Id of the newest task of this flow that came from the database or was put in memory on arrival. */
  cursor: string;
  refilling: boolean;
  /** Where to read on from, when a refill that was reading meanwhile may have missed something. */
  missedFrom: string | null;
  readonly size: number;
}

interface FlowState extends Flow {
  tasks: LiveTask[];
  head: number;
  /** Virtual time at which the flow's next task is due. */
  due: number;
  queued: boolean;
}

/**
 * Start-time fair queueing of the waiting tasks of one capability class: each flow gets turns in proportion to its weight,
 * so a requester with 100,000 tasks delays another's first by one turn. (Goyal, Vin, Cheng: Start-time Fair Queueing, 1996.)
 */
export interface FairQueue {
  /** Tasks in memory. */
  readonly size: number;
  /** Virtual time of the next task: comparable between the classes that one node serves. */
  nextDue(): number;
  /** The flow of a requester and priority, made when there is none. */
  flowOf(requesterId: string, priority: TaskPriority): Flow;
  /** Adds a task at the end of its flow. */
  push(task: LiveTask): void;
  /** Puts a task back at the front of its flow without charging a turn: it was taken but not placed, or its node did not do it. */
  pushFront(task: LiveTask): void;
  /** Takes the next task by fairness, skipping those that `remove` named. */
  pop(): LiveTask | undefined;
  /** The task is not to be handed out any more. */
  remove(taskId: string): void;
  /** Tasks in memory that would be handed out before one of this flow arriving now: an estimate for predictions. */
  aheadOf(requesterId: string, priority: TaskPriority): number;
}

const FORGET_EVERY = 1024;
/** Below every id: the cursor of a flow of which nothing was read. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export function createFairQueue(): FairQueue {
  const flows = new Map<string, FlowState>();
  const order = createMinHeap<FlowState>();
  const removed = new Set<string>();
  let size = 0;
  let now = 0;
  let turns = 0;

  function flowOf(requesterId: string, priority: TaskPriority): FlowState {
    const key = `${requesterId}/${priority}`;
    let flow = flows.get(key);
    if (!flow) {
      flow = {
        key,
        requesterId,
        priority,
        overflow: false,
        cursor: FIRST_ID,
        refilling: false,
        missedFrom: null,
        tasks: [],
        head: 0,
        due: 0,
        queued: false,
        get size() {
          return this.tasks.length - this.head;
        },
      };
      flows.set(key, flow);
    }
    return flow;
  }
  function enter(flow: FlowState): void {
    if (flow.queued || flow.size === 0) return;
    flow.due = Math.max(flow.due, now);
    flow.queued = true;
    order.push(flow.due, flow);
  }
  function shift(flow: FlowState): LiveTask {
    const task = flow.tasks[flow.head++] as LiveTask;
    // Compacting in large steps keeps a shift O(1) without holding on to handed-out tasks.
    if (flow.head > 1024 && flow.head * 2 > flow.tasks.length) {
      flow.tasks = flow.tasks.slice(flow.head);
      flow.head = 0;
    }
    size--;
    return task;
  }
  function dropRemoved(flow: FlowState): void {
    while (flow.size > 0 && removed.delete((flow.tasks[flow.head] as LiveTask).id)) {
      shift(flow);
      size++;
    }
  }
  /** A spent flow is kept until its last turn is paid off: forgetting it at once would let a trickle outrun a backlog. */
  function forgetSpent(): void {
    for (const flow of flows.values()) {
      if (flow.size === 0 && !flow.overflow && !flow.refilling && flow.due <= now) flows.delete(flow.key);
    }
  }

  return {
    get size() {
      return size;
    },
    nextDue: () => order.peekKey(),
    flowOf,
    push(task) {
      const flow = flowOf(task.requesterId, task.priority);
      flow.tasks.push(task);
      size++;
      enter(flow);
    },
    pushFront(task) {
      const flow = flowOf(task.requesterId, task.priority);
      if (flow.head > 0) flow.tasks[--flow.head] = task;
      else flow.tasks.unshift(task);
      size++;
      flow.due = Math.max(0, flow.due - 1 / PRIORITY_WEIGHTS[task.priority]);
      enter(flow);
    },
    pop() {
      for (;;) {
        const flow = order.pop();
        if (!flow) return undefined;
        flow.queued = false;
        dropRemoved(flow);
        if (flow.size === 0) continue;
        if (++turns % FORGET_EVERY === 0) forgetSpent();
        now = Math.max(now, flow.due);
        const task = shift(flow);
        flow.due = now + 1 / PRIORITY_WEIGHTS[flow.priority];
        enter(flow);
        return task;
      }
    },
    remove(taskId) {
      removed.add(taskId);
      size--;
    },
    aheadOf(requesterId, priority) {
      const weight = PRIORITY_WEIGHTS[priority];
      const mine = flows.get(`${requesterId}/${priority}`)?.size ?? 0;
      let ahead = mine;
      for (const flow of flows.values()) {
        if (flow.key !== `${requesterId}/${priority}`)
          ahead += Math.min(flow.size, ((mine + 1) * PRIORITY_WEIGHTS[flow.priority]) / weight);
      }
      return Math.ceil(ahead);
    },
  };
}
