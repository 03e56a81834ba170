import type { NetworkStats, QueueCount } from './api/network.ts';
import type { NodeMode, NodeStatus } from './api/nodes.ts';
import type { PriceSourceLabel } from './api/prices.ts';
import type { SettlementBatch } from './api/settlement.ts';
import type { TaskRequirements } from './dispatch.ts';
import type { TaskState } from './task-states.ts';
import type { NodeMetrics } from './wire/common.ts';

/** A task's state after a change, or its progress. */
export interface TaskChange {
  taskId: string;
  requesterId: string;
  state: TaskState;
  progress: number;
  attempt: number;
  nodeId: string | null;
  estimatedCompletionMs: number | null;
  error?: { code: string; message: string };
}

export interface NodeChange {
  nodeId: string;
  operatorId: string;
  status: NodeStatus;
  metrics: NodeMetrics | null;
}

/**
 * Every event between services. Events are hints, delivered at most once: what must not be lost stands in the database.
 * `tasks.changed` carries a whole micro-batch.
 */
export interface Events {
  'tasks.changed': { atMs: number; changes: TaskChange[] };
  /** A task manager started and knows no session: sessions without a home come to it, and a share of the others. */
  'tasks.started': { instanceId: string };
  /** A task manager stops: its sessions move, the others take over what it holds. */
  'tasks.stopping': { instanceId: string };
  /** A session has its home at `schedulerId` now: task managers that had this node forget it. */
  'tasks.homed': { nodeId: string; sessionId: string; schedulerId: string };
  /** Tasks wait at this task manager for more nodes than it has. */
  'tasks.waiting': { schedulerId: string; classes: { classKey: string; needs: TaskRequirements }[] };
  'nodes.changed': { atMs: number; change: NodeChange };
  /** An operator switched a node's mode: the instance that holds its session tells it. */
  'nodes.modeChanged': { nodeId: string; mode: NodeMode };
  /** What nodes offer changed (one appeared, or announced other models): cached capability counts are stale. */
  'nodes.offersChanged': { atMs: number };
  /** Stakes on chain changed, or the least stake that nodes need: every instance looks at the nodes it has. */
  'nodes.stakesChanged': { atMs: number };
  'network.stats': { atMs: number; stats: NetworkStats; queues: QueueCount[] };
  /** A settlement batch was built, posted, made final or rejected. */
  'settlement.changed': { atMs: number; batch: SettlementBatch };
  'auth.userRegistered': { userId: string };
  'auth.apiKeyRevoked': { keyId: string };
  'rewards.pricesChanged': { version: number };
  /** The token has a new price in US dollars (decimal text), true at `atMs`. */
  'prices.changed': { usd: string; atMs: number; source: PriceSourceLabel };
}

export type EventName = keyof Events;
export type EventPayload<E extends EventName> = Events[E];
