import type { NetworkStats, NodeChange, RealtimeFrame, TaskChange, TaskUpdate } from '@deai/protocol';

/** Something that happened, before it has its place in the stream. */
export type Happening =
  | { kind: 'task'; atMs: number; change: TaskChange }
  | { kind: 'node'; atMs: number; change: NodeChange }
  | { kind: 'network'; atMs: number; stats: NetworkStats };

/** Something that happened at its place in the stream of this instance. */
export type Update = Happening & { position: number };

/** A frame as bytes, made once for all who receive it. */
export function encodeFrame(frame: RealtimeFrame): Buffer {
  return Buffer.from(JSON.stringify(frame));
}

/** The frame of an update as it happens or is sent again. */
export function frameOf(update: Update, id: string): RealtimeFrame {
  const at = new Date(update.atMs).toISOString();
  if (update.kind === 'task') return { type: 'task_update', id, at, data: taskUpdate(update.change) };
  if (update.kind === 'node') return { type: 'node_status', id, at, data: nodeStatus(update.change) };
  const { activeNodes, pendingTasks, runningTasks, throughput } = update.stats;
  return {
    type: 'network_stats',
    id,
    at,
    data: { active_nodes: activeNodes, pending_tasks: pendingTasks, running_tasks: runningTasks, throughput },
  };
}

/** The frame of a state that is sent because somebody subscribed. */
export function snapshotFrame(state: State, id: string, atMs: number): RealtimeFrame {
  const at = new Date(atMs).toISOString();
  if (state.kind === 'task') return { type: 'task_update', id, at, snapshot: true, data: taskUpdate(state.change) };
  return { type: 'node_status', id, at, snapshot: true, data: nodeStatus(state.change) };
}

/** What a task or node is like now. */
export type State = { kind: 'task'; change: TaskChange } | { kind: 'node'; change: NodeChange };

/** Rough heap bytes of an update in the ring. */
export function sizeOf(update: Update): number {
  return 600 + (update.kind === 'task' && update.change.error ? update.change.error.message.length * 2 : 0);
}

function taskUpdate(change: TaskChange): TaskUpdate {
  return {
    task_id: change.taskId,
    status: change.state,
    progress: change.progress,
    estimated_completion: change.estimatedCompletionMs === null ? null : new Date(change.estimatedCompletionMs).toISOString(),
    node_id: change.nodeId,
    attempt: change.attempt,
    ...(change.error ? { error: change.error } : {}),
  };
}

function nodeStatus(change: NodeChange) {
  return { node_id: change.nodeId, status: change.status, performance_metrics: change.metrics };
}
