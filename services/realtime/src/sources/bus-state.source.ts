import type { Bus } from '@deai/bus';
import { DeaiError, type NodeChange, type NodeInfo, type Task, type TaskChange } from '@deai/protocol';
import { isAdmin } from '@deai/service-kit';
import type { StateSource } from '../domain/ports.ts';

const TIMEOUT_MS = 5_000;
const PAGE = 1_000;

/** The state as the task manager and the node manager tell it. */
export function createBusStateSource(bus: Bus): StateSource {
  const options = { timeoutMs: TIMEOUT_MS };
  return {
    task: async (principal, id) => taskChangeOf(await bus.request('tasks.get', { principal, id, withOutput: false }, options)),
    async node(principal, id) {
      const info = await bus.request('nodes.get', { principal, id }, options);
      if (info.operatorId !== principal.userId && !isAdmin(principal)) throw new DeaiError('FORBIDDEN', { node: id });
      return nodeChangeOf(info);
    },
    async tasksOf(principal) {
      const { items } = await bus.request('tasks.list', { principal, query: { limit: PAGE } }, options);
      // An admin's listing may hold tasks of others; the topic is the caller's own.
      return items.filter((task) => task.requesterId === principal.userId).map(taskChangeOf);
    },
    async nodesOf(principal) {
      const { items } = await bus.request('nodes.list', { principal, query: { limit: PAGE, mine: !isAdmin(principal) } }, options);
      return items.map(nodeChangeOf);
    },
  };
}

function taskChangeOf(task: Task): TaskChange {
  return {
    taskId: task.id,
    requesterId: task.requesterId,
    state: task.status,
    progress: task.progress,
    attempt: task.attempt,
    nodeId: task.nodeId,
    estimatedCompletionMs: task.estimatedCompletion === null ? null : Date.parse(task.estimatedCompletion),
    ...(task.error ? { error: task.error } : {}),
  };
}

function nodeChangeOf(info: NodeInfo): NodeChange {
  return { nodeId: info.id, operatorId: info.operatorId, status: info.status, metrics: info.metrics };
}
