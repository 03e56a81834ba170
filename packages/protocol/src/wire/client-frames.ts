import Type, { type Static } from 'typebox';
import { Id, NodeMetrics, Timestamp } from './common.ts';

/** Frames of the client WebSocket `/ws`: JSON text messages. */
const strict = { additionalProperties: false };

export const Topic = Type.Union([
  Type.Object({ topic: Type.Literal('task'), id: Id }, strict),
  /** Every task of the caller. */
  Type.Object({ topic: Type.Literal('tasks') }, strict),
  Type.Object({ topic: Type.Literal('node'), id: Id }, strict),
  /** Every node of the caller, or every node for an admin. */
  Type.Object({ topic: Type.Literal('nodes') }, strict),
  Type.Object({ topic: Type.Literal('network') }, strict),
]);
export type Topic = Static<typeof Topic>;

/** An event's place in the stream; later events sort after it as text. Opaque to clients. */
export const EventId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[0-9a-z-]+$' });

export const ClientFrame = Type.Union([
  /** First frame, unless the handshake carried an Authorization header. */
  Type.Object({ type: Type.Literal('auth'), token: Type.String({ minLength: 1, maxLength: 4_096 }) }, strict),
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
});
export type NetworkStatsUpdate = Static<typeof NetworkStatsUpdate>;

/** What the server sends. Events carry their id; `snapshot` marks state sent on subscription rather than as it happened. */
export type RealtimeFrame =
  | { type: 'ready'; userId: string }
  /** `id` is the place in the stream from which the topics are live: what to resume after until a later event comes. */
  | { type: 'subscribed'; id: string; topics: Topic[]; complete: boolean }
  | { type: 'unsubscribed'; topics: Topic[] }
  | { type: 'pong' }
  | { type: 'task_update'; id: string; at: string; snapshot?: true; data: TaskUpdate }
  | { type: 'node_status'; id: string; at: string; snapshot?: true; data: NodeStatusUpdate }
  | { type: 'network_stats'; id: string; at: string; data: NetworkStatsUpdate }
  | { type: 'error'; error: { code: string; message: string; details?: unknown } };
