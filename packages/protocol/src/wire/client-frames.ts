import Type, { type Static } from 'typebox';
import { QueueCount } from '../api/network.ts';
import type { SettlementBatch } from '../api/settlement.ts';
import { Id, NodeMetrics, Timestamp } from './common.ts';

/** Frames of the client WebSocket `/ws`: JSON text messages. Clients that connect to `/ws?batch=1` may get arrays of them. */
const strict = { additionalProperties: false };

export const Topic = Type.Union([
  Type.Object({ topic: Type.Literal('task'), id: Id }, strict),
  /** Every task of the caller. */
  Type.Object({ topic: Type.Literal('tasks') }, strict),
  Type.Object({ topic: Type.Literal('node'), id: Id }, strict),
  /** Every node of the caller, or every node for an admin. */
  Type.Object({ topic: Type.Literal('nodes') }, strict),
  Type.Object({ topic: Type.Literal('network') }, strict),
  /** Settlement batches, whenever one changes its state. */
  Type.Object({ topic: Type.Literal('settlement') }, strict),
]);
export type Topic = Static<typeof Topic>;

/** An event's place in the stream; later events sort after it as text. Opaque to clients. */
export const EventId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[0-9a-z-]+$' });

export const ClientFrame = Type.Union([
  /** First frame, unless the handshake carried an Authorization header. */
  Type.Object({ type: Type.Literal('auth'), token: Type.String({ minLength: 1, maxLength: 4_096 }) }, strict),
  /** First frame of a visitor without an account, who hears public topics. */
  Type.Object({ type: Type.Literal('visit') }, strict),
  Type.Object(
    {
      type: Type.Literal('subscribe'),
      topics: Type.Array(Topic, { minItems: 1, maxItems: 1_000 }),
      /** Last event seen before a reconnect: later ones are sent again. */
      after: Type.Optional(EventId),
    },
    strict,
  ),
  Type.Object({ type: Type.Literal('unsubscribe'), topics: Type.Array(Topic, { minItems: 1, maxItems: 1_000 }) }, strict),
  Type.Object({ type: Type.Literal('ping') }, strict),
]);
export type ClientFrame = Static<typeof ClientFrame>;

export const TaskUpdate = Type.Object({
  task_id: Id,
  status: Type.String(),
  progress: Type.Number(),
  estimated_completion: Type.Union([Timestamp, Type.Null()]),
  node_id: Type.Union([Id, Type.Null()]),
  attempt: Type.Integer(),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});
export type TaskUpdate = Static<typeof TaskUpdate>;

export const NodeStatusUpdate = Type.Object({
  node_id: Id,
  status: Type.Union([Type.Literal('online'), Type.Literal('offline'), Type.Literal('maintenance')]),
  performance_metrics: Type.Union([NodeMetrics, Type.Null()]),
});
export type NodeStatusUpdate = Static<typeof NodeStatusUpdate>;

export const NetworkStatsUpdate = Type.Object({
  active_nodes: Type.Integer(),
  pending_tasks: Type.Integer(),
  running_tasks: Type.Integer(),
  throughput: Type.Number({ description: 'tasks completed per second over the last ten seconds' }),
  registered_nodes: Type.Integer(),
  completed_tasks: Type.Integer(),
  failed_tasks: Type.Integer(),
  queue_ms_p50: Type.Number(),
  queue_ms_p95: Type.Number(),
  queues: Type.Array(QueueCount),
});
export type NetworkStatsUpdate = Static<typeof NetworkStatsUpdate>;

/** What the server sends. Events carry their id; `snapshot` marks state sent on subscription rather than as it happened. */
export type RealtimeFrame =
  /** `userId` is null for a visitor. */
  | { type: 'ready'; userId: string | null }
  /** `id` is the place in the stream from which the topics are live: what to resume after until a later event comes. */
  | { type: 'subscribed'; id: string; topics: Topic[]; complete: boolean }
  | { type: 'unsubscribed'; topics: Topic[] }
  | { type: 'pong' }
  | { type: 'task_update'; id: string; at: string; snapshot?: true; data: TaskUpdate }
  | { type: 'node_status'; id: string; at: string; snapshot?: true; data: NodeStatusUpdate }
  | { type: 'network_stats'; id: string; at: string; data: NetworkStatsUpdate }
  /** The batch as `GET /api/v1/settlement/batches/{number}` answers it now. */
  | { type: 'settlement_batch'; id: string; at: string; data: SettlementBatch }
  | { type: 'error'; error: { code: string; message: string; details?: unknown } };
