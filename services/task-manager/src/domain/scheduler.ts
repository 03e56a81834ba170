import { type NodeSession, newId } from '@deai/protocol';
import type { CapabilityClass } from './capability-class.ts';
import type { FairQueue } from './fair-queue.ts';
import { nextClass, nextTask, pickNode, type Round } from './matching.ts';
import { learnRunTime, type PoolNode } from './node-pool.ts';
import { createRoster, type Roster } from './roster.ts';
import type { Lease, LiveTask } from './task.ts';

/** A lease that was reserved in memory and is to be written, then sent. */
export interface Placement {
  lease: Lease;
  session: NodeSession;
}

/**
 * Decides, in memory and without waiting, which task goes to which node. Pure bookkeeping: what it decides takes effect
 * when the store has written it, and `release` takes it back when the store refused.
 */
export interface Scheduler extends Pick<Roster, 'classes' | 'nodes' | 'classOf'> {
  readonly leases: ReadonlyMap<string, Lease>;
  /** Tasks waiting in memory. */
  readonly waiting: number;
  /** Places an arriving task at once when a node is free and nobody of its class waits. `round`: what was placed together with it. */
  place(task: LiveTask, round?: Round): Placement | undefined;
  /** Adds a task to its queue, unless it waits or runs already. */
  enqueue(task: LiveTask): void;
  /** The same for one that was handed out before: it is its requester's oldest, and does not wait for all that came since. */
  requeue(task: LiveTask): void;
  /** Takes a waiting task out; undefined when it is not waiting in memory. */
  withdraw(taskId: string): LiveTask | undefined;
  waitingTask(taskId: string): LiveTask | undefined;
  /** Takes up to `limit` waiting tasks of a class out, in their turn. */
  takeOut(capability: CapabilityClass, limit: number): LiveTask[];
  leaseOfTask(taskId: string): Lease | undefined;
  leasesOfNode(nodeId: string): Lease[];
  /** Gives waiting tasks to nodes with credits: of one class, or of one node. */
  fillClass(capability: CapabilityClass): Placement[];
  fillNode(node: PoolNode): Placement[];
  openSession(session: NodeSession): PoolNode;
  /** Forgets the node when `sessionId` is still its session. Its leases stay until they are released. */
  closeSession(nodeId: string, sessionId: string): boolean;
  /** Takes up a lease that the store gave to this instance, unless it is known. What was planned for its task before is forgotten. */
  adopt(lease: Lease): void;
  /** Ends a lease and returns its credit. `runMs` teaches the node's speed when the run was a good one. */
  release(leaseId: string, runMs?: number): Lease | undefined;
}

export interface SchedulerOptions {
  /** A lease allows for the node's queue, the time limit, and this. */
  leaseSlackMs: number;
  now(): number;
}

const CLASS_SMOOTHING = 0.05;

export function createScheduler({ leaseSlackMs, now }: SchedulerOptions): Scheduler {
  const roster = createRoster();
  const leases = new Map<string, Lease>();
  const byTask = new Map<string, Lease>();
  const waiting = new Map<string, LiveTask>();

  function hold(lease: Lease): void {
    leases.set(lease.leaseId, lease);
    byTask.set(lease.task.id, lease);
    roster.classOf(lease.task).running++;
    roster.count(lease.nodeId, lease.task.classKey, 1);
  }
  function reserve(node: PoolNode, task: LiveTask): Placement {
    const lease = newLease(node, task, now(), leaseSlackMs);
    waiting.delete(task.id);
    task.attempt++;
    hold(lease);
    return { lease, session: node.session };
  }
  function withdraw(taskId: string): LiveTask | undefined {
    const task = waiting.get(taskId);
    if (task) {
      waiting.delete(taskId);
      roster.classOf(task).queue.remove(taskId);
    }
    return task;
  }
  function release(leaseId: string, runMs?: number): Lease | undefined {
    const lease = leases.get(leaseId);
    if (!lease) return undefined;
    leases.delete(leaseId);
    byTask.delete(lease.task.id);
    const capability = roster.classOf(lease.task);
    capability.running--;
    const node = roster.count(lease.nodeId, lease.task.classKey, -1);
    if (runMs !== undefined) {
      if (node) learnRunTime(node, capability.key, runMs);
      capability.runMs += (capability.runMs === 0 ? 1 : CLASS_SMOOTHING) * (runMs - capability.runMs);
    }
    return lease;
  }
  function wait(task: LiveTask, enter: (queue: FairQueue) => void): void {
    if (waiting.has(task.id) || byTask.has(task.id)) return;
    waiting.set(task.id, task);
    enter(roster.classOf(task).queue);
  }
  function leasesOfNode(nodeId: string): Lease[] {
    return [...leases.values()].filter((lease) => lease.nodeId === nodeId);
  }

  return {
    classes: roster.classes,
    nodes: roster.nodes,
    classOf: roster.classOf,
    leases,
    get waiting() {
      return waiting.size;
    },
    place(task, round = new Map()) {
      const capability = roster.classOf(task);
      const node = capability.queue.size > 0 ? undefined : pickNode(capability, task, round);
      return node && reserve(node, task);
    },
    enqueue: (task) => wait(task, (queue) => queue.push(task)),
    requeue: (task) => wait(task, (queue) => queue.pushFront(task)),
    withdraw,
    waitingTask: (taskId) => waiting.get(taskId),
    takeOut(capability, limit) {
      const taken: LiveTask[] = [];
      while (taken.length < limit) {
        const task = capability.queue.pop();
        if (!task) break;
        waiting.delete(task.id);
        taken.push(task);
      }
      return taken;
    },
    leaseOfTask: (taskId) => byTask.get(taskId),
    leasesOfNode,
    fillNode(node) {
      const placements: Placement[] = [];
      const spent = new Set<CapabilityClass>();
      for (let capability = nextClass(node, spent); capability; capability = nextClass(node, spent)) {
        const task = nextTask(node, capability);
        if (task) placements.push(reserve(node, task));
        else spent.add(capability);
      }
      return placements;
    },
    fillClass(capability) {
      const placements: Placement[] = [];
      const round: Round = new Map();
      while (capability.queue.size > 0 && capability.free.size > 0) {
        const task = capability.queue.pop();
        const node = task && pickNode(capability, task, round);
        if (!task || !node) break;
        placements.push(reserve(node, task));
      }
      return placements;
    },
    openSession: (session) => roster.open(session, leasesOfNode(session.nodeId)),
    closeSession: roster.close,
    adopt(lease) {
      if (leases.has(lease.leaseId)) return;
      const planned = byTask.get(lease.task.id);
      if (planned) release(planned.leaseId);
      withdraw(lease.task.id);
      hold(lease);
    },
    release,
  };
}

function newLease(node: PoolNode, task: LiveTask, nowMs: number, slackMs: number): Lease {
  return {
    leaseId: newId(),
    task,
    nodeId: node.nodeId,
    operatorId: node.session.operatorId,
    assignedAtMs: nowMs,
    untilMs: nowMs + (node.inFlight + 1) * task.timeoutMs + slackMs,
    startedAtMs: null,
    progress: 0,
    written: false,
    settling: null,
  };
}
