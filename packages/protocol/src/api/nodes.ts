import Type, { type Static } from 'typebox';
import { Id, NodeCapability, NodeMetrics, PublicKey, Text, Timestamp, YoctoAmount } from '../wire/common.ts';
import { Nullable, OneOf, Page, PageQuery, strict } from './common.ts';

export const NODE_STATUSES = ['online', 'offline', 'maintenance'] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

export const NodeRegisterRequest = Type.Object(
  {
    publicKey: PublicKey,
    name: Text({ minLength: 1, maxLength: 100 }),
    region: Type.Optional(Text({ minLength: 1, maxLength: 64 })),
  },
  strict,
);
export type NodeRegisterRequest = Static<typeof NodeRegisterRequest>;

/** `sessionUrl` is where the node opens its WebSocket. */
export const NodeRegistered = Type.Object({ nodeId: Id, networkId: Type.String(), sessionUrl: Type.String() });
export type NodeRegistered = Static<typeof NodeRegistered>;

export const NodeInfo = Type.Object({
  id: Id,
  name: Type.String(),
  operatorId: Id,
  publicKey: Type.String(),
  region: Type.String(),
  status: OneOf(NODE_STATUSES),
  draining: Type.Boolean(),
  capabilities: Type.Array(NodeCapability),
  credits: Type.Integer(),
  memoryMiB: Type.Integer(),
  agentVersion: Nullable(Type.String()),
  hardware: Nullable(Type.Unknown()),
  metrics: Nullable(NodeMetrics),
  registeredAt: Timestamp,
  connectedAt: Nullable(Timestamp),
  lastSeenAt: Nullable(Timestamp),
  /** On chain behind the node's key, as last seen; "0" without a stake. */
  stakeYocto: YoctoAmount,
  /** NEAR account that staked it; null without a stake. */
  stakeAccount: Nullable(Type.String()),
});
export type NodeInfo = Static<typeof NodeInfo>;

export const NodeStatusResponse = Type.Object({
  ...NodeInfo.properties,
  tasks: Type.Object({ running: Type.Integer(), completed: Type.Integer(), failed: Type.Integer() }),
  earnedYocto: YoctoAmount,
});
export type NodeStatusResponse = Static<typeof NodeStatusResponse>;

export const NodeModeRequest = Type.Object({ mode: OneOf(['online', 'maintenance', 'drain'] as const) }, strict);
export type NodeMode = Static<typeof NodeModeRequest>['mode'];

export const NodeQuery = Type.Object(
  {
    ...PageQuery,
    status: Type.Optional(OneOf(NODE_STATUSES)),
    kind: Type.Optional(Text({ maxLength: 64 })),
    mine: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NodeQuery = Static<typeof NodeQuery>;
export const NodePage = Page(NodeInfo);

export const NodeStats = Type.Object({
  registered: Type.Integer(),
  online: Type.Integer(),
  maintenance: Type.Integer(),
  offline: Type.Integer(),
  credits: Type.Object({ total: Type.Integer(), used: Type.Integer() }),
  byKind: Type.Array(Type.Object({ kind: Type.String(), online: Type.Integer(), unitsPerSecond: Type.Number() })),
  byRegion: Type.Array(Type.Object({ region: Type.String(), online: Type.Integer() })),
});
export type NodeStats = Static<typeof NodeStats>;

export const NodeWhy = Type.Object({
  nodeId: Id,
  reason: OneOf([
    'working',
    'never_connected',
    'offline',
    'maintenance',
    'draining',
    'not_staked',
    'no_credits',
    'no_waiting_work',
    'no_matching_work',
    'being_assigned',
  ] as const),
  explanation: Type.String(),
  waitingTasks: Type.Integer(),
  matchingTasks: Type.Integer(),
  running: Type.Integer(),
  credits: Type.Integer(),
});
export type NodeWhy = Static<typeof NodeWhy>;
