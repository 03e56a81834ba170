import Type, { type Static } from 'typebox';
import { PublicKey, Timestamp } from '../wire/common.ts';
import { OneOf } from './common.ts';

/** What waits, runs and has completed of one kind. */
export const QueueCount = Type.Object({
  kind: Type.String(),
  pending: Type.Integer(),
  running: Type.Integer(),
  completed: Type.Integer(),
});
export type QueueCount = Static<typeof QueueCount>;

/** The queue as the task manager counts it. */
export const TaskStats = Type.Object({
  pending: Type.Integer(),
  running: Type.Integer(),
  completed: Type.Integer(),
  failed: Type.Integer(),
  cancelled: Type.Integer(),
  /** Completed per second over the last ten seconds. */
  throughput: Type.Number(),
  queueMsP50: Type.Number(),
  queueMsP95: Type.Number(),
  byKind: Type.Array(QueueCount),
});
export type TaskStats = Static<typeof TaskStats>;

export const NetworkStats = Type.Object({
  at: Timestamp,
  activeNodes: Type.Integer(),
  registeredNodes: Type.Integer(),
  pendingTasks: Type.Integer(),
  runningTasks: Type.Integer(),
  completedTasks: Type.Integer(),
  failedTasks: Type.Integer(),
  throughput: Type.Number(),
  queueMsP50: Type.Number(),
  queueMsP95: Type.Number(),
  uptimeS: Type.Number(),
});
export type NetworkStats = Static<typeof NetworkStats>;

export const NetworkHistory = Type.Object({ samples: Type.Array(NetworkStats) });

export const SERVICES = [
  'gateway',
  'realtime',
  'auth',
  'task-manager',
  'node-manager',
  'reward-manager',
  'price-oracle',
  'bridge',
  'monitoring',
] as const;
export type ServiceName = (typeof SERVICES)[number];

export const ServiceHealth = Type.Object({
  service: OneOf(SERVICES),
  status: OneOf(['ok', 'degraded', 'down'] as const),
  latencyMs: Type.Number(),
  detail: Type.Optional(Type.String()),
});
export type ServiceHealth = Static<typeof ServiceHealth>;

export const NetworkHealth = Type.Object({
  status: OneOf(['ok', 'degraded', 'down'] as const),
  at: Timestamp,
  services: Type.Array(ServiceHealth),
});
export type NetworkHealth = Static<typeof NetworkHealth>;

export const KindInfo = Type.Object({
  kind: Type.String(),
  title: Type.String(),
  unit: Type.String(),
  defaultModel: Type.Union([Type.String(), Type.Null()]),
  models: Type.Array(Type.Object({ model: Type.String(), online: Type.Integer() })),
  yoctoPerUnit: Type.Record(Type.String(), Type.String()),
  inputSchema: Type.Unknown(),
  outputSchema: Type.Unknown(),
});
export type KindInfo = Static<typeof KindInfo>;

/** A key that the network signs work receipts with. Keys stay listed for good: what they signed stays verifiable. */
export const NetworkKey = Type.Object({
  publicKey: PublicKey,
  /** It signs from here on, until the next key's time. Known before, so that verifiers have it in time. */
  signsFrom: Timestamp,
});
export type NetworkKey = Static<typeof NetworkKey>;

/** Every key that the network ever signed receipts with, and the one to come; oldest first. */
export const NetworkKeys = Type.Object({ networkId: Type.String(), keys: Type.Array(NetworkKey) });
export type NetworkKeys = Static<typeof NetworkKeys>;
