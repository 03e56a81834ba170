import type { CapableNodes, NodeLoad, Principal, Task, TaskWhy } from '@deai/protocol';
import { classOf } from '@deai/protocol';
import type { CapabilityClass } from '../domain/capability-class.ts';
import { freeCredits, hasRoom } from '../domain/node-pool.ts';
import { predictStart } from '../domain/predictor.ts';
import type { LiveTask } from '../domain/task.ts';
import type { Capacity } from './capacity.ts';
import type { Engine } from './engine.ts';
import type { QueryFlow } from './query.flow.ts';

/** Says why a task still waits, and when it should start; and what work there is for a node. */
export interface WhyFlow {
  task(principal: Principal, id: string): Promise<TaskWhy>;
  /** Asked of the node's home, whichever instance that is. */
  node(nodeId: string): Promise<NodeLoad>;
  /** The load of a node whose home is here; otherwise it is not known. */
  ownNode(nodeId: string): Promise<NodeLoad>;
}

const ASK_MS = 2_000;

type Reason = Pick<TaskWhy, 'reason' | 'explanation'>;

export function createWhyFlow(engine: Engine, queries: QueryFlow, capacity: Capacity): WhyFlow {
  const { scheduler } = engine;

  async function waitingWhy(task: Task, needs: LiveTask['needs']): Promise<Partial<TaskWhy> & Reason> {
    const capability = scheduler.classes.get(classOf(needs));
    const capable = await capacity.count(needs);
    // Nodes may have their home at another instance, and tasks go there.
    const online = Math.max(capability?.nodes.size ?? 0, engine.peers.alive.size > 0 ? capable.online : 0);
    const nodes = { capable: capable.registered, online, free: capability?.free.size ?? 0 };
    const tasksAhead = Math.max(0, (capability?.queue.aheadOf(task.requesterId, task.priority) ?? 1) - 1);
    const at = predictStart(capability, tasksAhead, engine.now());
    const predictedStart = at === null ? null : new Date(at).toISOString();
    return { nodes, tasksAhead, predictedStart, ...waitingReason(task, { capability, capable, online, ahead: tasksAhead }) };
  }

  return {
    async task(principal, id) {
      const task = await queries.get(principal, id, false);
      const base = {
        id,
        status: task.status,
        tasksAhead: 0,
        nodes: { capable: 0, online: 0, free: 0 },
        predictedStart: task.startedAt ?? task.assignedAt,
        lastError: task.error,
      };
      if (task.status !== 'pending') return { ...base, ...activeReason(task) };
      const { needs } = await requirementsOf(engine, task);
      return { ...base, ...(await waitingWhy(task, needs)) };
    },
    async node(nodeId) {
      const here = await ownNode(nodeId);
      if (here.known) return here;
      const asked = [...engine.peers.alive].map((to) => engine.bus.request('tasks.ownNodeLoad', { nodeId }, { to, timeoutMs: ASK_MS }));
      const answers = await Promise.allSettled(asked);
      return answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value.known ? [answer.value] : []))[0] ?? here;
    },
    ownNode,
  };

  async function ownNode(nodeId: string): Promise<NodeLoad> {
    const node = scheduler.nodes.get(nodeId);
    const waitingTasks = (await engine.network.stats()).pending;
    if (!node) return { known: false, credits: 0, running: 0, waitingTasks, matchingTasks: 0 };
    const matchingTasks = node.classes.reduce((sum, capability) => sum + capability.queue.size, 0);
    // Tasks wait for it and none of them may be given to it: what is full is the capability, or the node.
    const full = matchingTasks > 0 && !node.classes.some((capability) => capability.queue.size > 0 && hasRoom(node, capability.key));
    return { known: true, credits: full ? 0 : freeCredits(node), running: node.inFlight, waitingTasks, matchingTasks };
  }
}

async function requirementsOf({ store }: Engine, task: Task): Promise<{ needs: LiveTask['needs'] }> {
  return { needs: (await store.needsOf(task.id)) ?? { kind: task.kind as LiveTask['kind'], model: task.model, memoryMiB: 0, region: '' } };
}

function activeReason(task: Task): Reason {
  if (task.status === 'assigned')
    return { reason: 'being_assigned', explanation: `Node ${task.nodeId} has the task and has not started it yet.` };
  if (task.status === 'in_progress') return { reason: 'running', explanation: `Node ${task.nodeId} is running attempt ${task.attempt}.` };
  return { reason: 'ended', explanation: `The task is ${task.status}${task.error ? `: ${task.error.message}` : ''}.` };
}

interface Chances {
  capability: CapabilityClass | undefined;
  capable: CapableNodes;
  /** Connected nodes that can run it. */
  online: number;
  ahead: number;
}

function waitingReason(task: Task, { capability, capable, online: nodes, ahead }: Chances): Reason {
  if (capable.registered === 0) return { reason: 'no_capable_node', explanation: 'No registered node can run it any more.' };
  if (nodes === 0) {
    return {
      reason: 'nodes_offline',
      explanation: `None of the nodes that can run it is connected now (registered: ${capable.registered}).`,
    };
  }
  const own = [...(capability?.nodes ?? [])];
  if (own.length === nodes && own.every((node) => !node.session.accepting)) {
    return {
      reason: 'nodes_paused',
      explanation: `Every connected node that can run it is draining or in maintenance (connected: ${nodes}).`,
    };
  }
  if (task.attempt > 0 && task.error) {
    return {
      reason: 'retry_backoff',
      explanation: `Attempt ${task.attempt} ended with ${task.error.code}; it is tried again after a short wait.`,
    };
  }
  if (ahead > 0)
    return { reason: 'waiting_for_turn', explanation: `Tasks that come before it: about ${ahead}; nodes that can run them: ${nodes}.` };
  return { reason: 'nodes_busy', explanation: `It is next; every node that can run it is at its limit (connected: ${nodes}).` };
}
