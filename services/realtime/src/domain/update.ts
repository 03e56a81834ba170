import type {
  NetworkStats,
  NetworkStatsUpdate,
  NodeChange,
  QueueCount,
  RealtimeFrame,
  SettlementBatch,
  TaskChange,
  TaskUpdate,
} from '@deai/protocol';

/** Something that happened, before it has its place in the stream. */
export type Happening =
  | { kind: 'task'; atMs: number; change: TaskChange }
  | { kind: 'node'; atMs: number; change: NodeChange }
  | { kind: 'network'; atMs: number; stats: NetworkStats; queues: QueueCount[] }
  | { kind: 'settlement'; atMs: number; batch: SettlementBatch };

/** Something that happened at its place in the stream of this instance. `frame` is kept with what everybody may hear. */
export type Update = Happening & { position: number; frame?: Buffer };

/** True for what goes to everybody alike, visitors too. */
export const isPublic = ({ kind }: Happening): boolean => kind === 'network' || kind === 'settlement';

/** A frame as bytes, made once for all who receive it. */
export function encodeFrame(frame: RealtimeFrame): Buffer {
  return Buffer.from(JSON.stringify(frame));
}

/** The frame of an update as it happens or is sent again. */
export function frameOf(update: Update, id: string): RealtimeFrame {
  const at = timeText(update.atMs);
  if (update.kind === 'task') return { type: 'task_update', id, at, data: taskUpdate(update.change) };
  if (update.kind === 'node') return { type: 'node_status', id, at, data: nodeStatus(update.change) };
  if (update.kind === 'settlement') return { type: 'settlement_batch', id, at, data: update.batch };
  return { type: 'network_stats', id, at, data: statsUpdate(update.stats, update.queues) };
}

/** The frame of a state that is sent because somebody subscribed. */
export function snapshotFrame(state: State, id: string, atMs: number): RealtimeFrame {
  const at = new Date(atMs).toISOString();
  if (state.kind === 'task') return { type: 'task_update', id, at, snapshot: true, data: taskUpdate(state.change) };
  return { type: 'node_status', id, at, snapshot: true, data: nodeStatus(state.change) };
}

/** What a task or node is like now. */
export type State = { kind: 'task'; change: TaskChange } | { kind: 'node'; change: NodeChange };

let newest = { atMs: Number.NaN, text: '' };

/** ISO 8601. Written once for all updates of one event, which may be hundreds: they have its time. */
function timeText(atMs: number): string {
  if (newest.atMs !== atMs) newest = { atMs, text: new Date(atMs).toISOString() };
  return newest.text;
}

/** Rough heap bytes of an update in the ring. */
export function sizeOf(update: Update): number {
  if (isPublic(update)) return 600 + 2 * (update.frame?.length ?? 0);
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

function statsUpdate(stats: NetworkStats, queues: QueueCount[]): NetworkStatsUpdate {
  return {
    active_nodes: stats.activeNodes,
    pending_tasks: stats.pendingTasks,
    running_tasks: stats.runningTasks,
    throughput: stats.throughput,
    registered_nodes: stats.registeredNodes,
    completed_tasks: stats.completedTasks,
    failed_tasks: stats.failedTasks,
    queue_ms_p50: stats.queueMsP50,
    queue_ms_p95: stats.queueMsP95,
    queues,
  };
}

function nodeStatus(change: NodeChange) {
  return { node_id: change.nodeId, status: change.status, performance_metrics: change.metrics };
}
