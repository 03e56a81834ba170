import { DeaiError, type NodeAssignment, type WireTask } from '@deai/protocol';
import { createBatcher } from '@deai/service-kit';
import type { CapabilityClass } from '../domain/capability-class.ts';
import type { PoolNode } from '../domain/node-pool.ts';
import { predictCompletion } from '../domain/predictor.ts';
import type { Placement } from '../domain/scheduler.ts';
import type { Lease, LiveTask } from '../domain/task.ts';
import { changeOf } from './announcer.ts';
import type { AttemptFlow } from './attempt.flow.ts';
import type { Backlog } from './backlog.ts';
import type { Engine } from './engine.ts';
import { inputOf } from './task-input.ts';

/** Brings tasks to nodes: decides in memory, writes, then sends. */
export interface DispatchFlow {
  /** Gives work to every node that can take some of this class. */
  fillClass(capability: CapabilityClass): void;
  fillNode(node: PoolNode): void;
  /** Sends leases that the store already holds. */
  send(placements: Placement[]): Promise<void>;
  /** Queues a stored task and offers it to nodes that are free. */
  queue(task: LiveTask): void;
  /** The same for one that was handed out before: it comes before its requester's others. */
  requeue(task: LiveTask): void;
  drain(): Promise<void>;
}

/** What dispatch asks of the session flow, which is made after it: nodes that turned out to be gone get no more work. */
export interface DispatchHooks {
  sessionLost(nodeId: string, sessionId: string): void;
  instanceLost(instanceId: string): void;
}

const MAX_ROWS = 500;

export function createDispatchFlow(engine: Engine, backlog: Backlog, attempts: AttemptFlow, hooks: DispatchHooks): DispatchFlow {
  const { scheduler, store, metrics } = engine;
  const batcher = createBatcher<Placement, void>({
    maxItems: MAX_ROWS,
    concurrency: engine.config.DEAI_TASKS_WRITERS,
    lingerMs: engine.config.DEAI_TASKS_LINGER_MS,
    flush: assign,
  });

  async function assign(placements: Placement[]): Promise<undefined[]> {
    metrics.batchRows.observe({ statement: 'assign' }, placements.length);
    const end = metrics.statementSeconds.startTimer({ statement: 'assign' });
    const written = await store.assign(placements.map((p) => p.lease)).finally(end);
    const kept = placements.filter(({ lease }) => written.has(lease.leaseId));
    for (const { lease } of placements) {
      // Not written: the task was cancelled, or taken by another instance.
      if (!written.has(lease.leaseId)) release(lease);
    }
    for (const { lease } of kept) {
      lease.written = true;
      engine.counts.move(lease.task, 'pending', 'running');
    }
    void send(kept);
    return [];
  }
  function release(lease: Lease): void {
    scheduler.release(lease.leaseId);
    const node = scheduler.nodes.get(lease.nodeId);
    if (node) fillNode(node);
  }
  function write(placements: Placement[]): void {
    for (const placement of placements) {
      batcher.add(placement).catch((error: unknown) => {
        engine.logger.warn({ err: error, taskId: placement.lease.task.id }, 'assignment not written, task goes back to its queue');
        scheduler.release(placement.lease.leaseId);
        placement.lease.task.attempt--;
        setTimeout(() => requeue(placement.lease.task), 1000).unref();
      });
    }
  }
  function fillNode(node: PoolNode): void {
    write(scheduler.fillNode(node));
    for (const capability of node.classes) backlog.topUp(capability, fillClass);
  }
  function fillClass(capability: CapabilityClass): void {
    write(scheduler.fillClass(capability));
    backlog.topUp(capability, fillClass);
  }
  function queue(task: LiveTask): void {
    scheduler.enqueue(task);
    offer(task);
  }
  function requeue(task: LiveTask): void {
    scheduler.requeue(task);
    offer(task);
  }
  function offer(task: LiveTask): void {
    const capability = scheduler.classOf(task);
    if (capability.free.size > 0) fillClass(capability);
  }

  async function send(placements: Placement[]): Promise<void> {
    // A lease may have ended while it was being written.
    const live = placements.filter(({ lease }) => scheduler.leases.has(lease.leaseId));
    // Said before it is sent: the node's start may be heard before the sending is confirmed.
    for (const { lease } of live) announceAssigned(engine, lease);
    const byInstance = Map.groupBy(live, ({ session }) => session.instanceId);
    await Promise.all([...byInstance].map(([instanceId, group]) => sendTo({ engine, attempts, hooks }, instanceId, group)));
  }

  return { fillClass, fillNode, send, queue, requeue, drain: () => batcher.drain() };
}

interface Sending {
  engine: Engine;
  attempts: AttemptFlow;
  hooks: DispatchHooks;
}

async function sendTo({ engine, attempts, hooks }: Sending, instanceId: string, placements: Placement[]): Promise<void> {
  const back = (leases: Lease[]) => Promise.all(leases.map((lease) => giveBack(engine, attempts, lease)));
  try {
    const assignments: NodeAssignment[] = [];
    for (const [, group] of Map.groupBy(placements, ({ session }) => session.sessionId)) {
      const { nodeId, sessionId } = (group[0] as Placement).session;
      assignments.push({ nodeId, sessionId, tasks: await Promise.all(group.map(({ lease }) => wireTask(engine, lease))) });
    }
    const { unsent } = await engine.bus.request('nodes.assign', { assignments }, { to: instanceId });
    if (unsent.length === 0) return;
    const returned = placements.filter(({ lease }) => unsent.includes(lease.leaseId));
    // Before the tasks are queued again, or they would go the same way.
    for (const { session } of returned) hooks.sessionLost(session.nodeId, session.sessionId);
    await back(returned.map((p) => p.lease));
  } catch (error) {
    engine.logger.warn({ err: error, instanceId, leases: placements.length }, 'assignments not sent');
    // Nobody serves that instance: it ended without closing its sessions.
    if (error instanceof DeaiError && error.code === 'UNAVAILABLE') hooks.instanceLost(instanceId);
    await back(placements.map((p) => p.lease));
  }
}

/** Never rejects: a lease that cannot be given back now ends by its time. */
async function giveBack({ logger }: Engine, attempts: AttemptFlow, lease: Lease): Promise<void> {
  try {
    await attempts.giveBack(lease, 'NODE_NOT_CONNECTED', 'the node was not connected');
  } catch (error) {
    logger.warn({ err: error, taskId: lease.task.id }, 'lease not given back, it will expire');
  }
}

async function wireTask(engine: Engine, { leaseId, task, untilMs }: Lease): Promise<WireTask> {
  return {
    taskId: task.id,
    leaseId,
    kind: task.kind,
    model: task.needs.model,
    input: await inputOf(engine, task),
    timeoutMs: task.timeoutMs,
    leaseUntilMs: untilMs,
    attempt: task.attempt,
  };
}

function announceAssigned(engine: Engine, lease: Lease): void {
  const estimatedCompletionMs = predictCompletion(engine.scheduler.classOf(lease.task), lease.assignedAtMs, engine.now());
  engine.announcer.announce(changeOf(lease.task, 'assigned', { nodeId: lease.nodeId, estimatedCompletionMs }));
}
