import { OneOf } from '@deai/protocol';
import Type, { type Static } from 'typebox';

export const AGENT_STATES = ['starting', 'connecting', 'online', 'maintenance', 'draining', 'stopped'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** What an agent says of itself. Earnings are the server's to tell. */
export const AgentStatus = Type.Object({
  state: OneOf(AGENT_STATES),
  /** Null until the node is registered. */
  nodeId: Type.Union([Type.String(), Type.Null()]),
  networkId: Type.Union([Type.String(), Type.Null()]),
  name: Type.String(),
  publicKey: Type.String(),
  serverUrl: Type.String(),
  pid: Type.Union([Type.Integer(), Type.Null()]),
  uptimeS: Type.Number(),
  running: Type.Integer(),
  queued: Type.Integer(),
  completed: Type.Integer(),
  failed: Type.Integer(),
  spooled: Type.Integer(),
  capabilities: Type.Array(Type.Object({ kind: Type.String(), models: Type.Array(Type.String()), unitsPerSecond: Type.Number() })),
  agentVersion: Type.String(),
  metricsPort: Type.Union([Type.Integer(), Type.Null()]),
});
export type AgentStatus = Static<typeof AgentStatus>;
