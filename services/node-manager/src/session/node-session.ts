import type { KeyObject } from 'node:crypto';
import type { NodeMetrics, NodeMode, NodeOffer, NodeSession, NodeStatus } from '@deai/protocol';
import type { WebSocket } from 'ws';
import type { NodeIdentity } from '../domain/ports.ts';
import type { Outbox } from './outbox.ts';

/** A node's open connection. */
export interface LiveSession {
  readonly sessionId: string;
  readonly node: NodeIdentity;
  readonly key: KeyObject;
  readonly socket: WebSocket;
  readonly outbox: Outbox;
  offer: NodeOffer;
  mode: NodeMode;
  /** The least stake is behind it, or the network asks for none. */
  staked: boolean;
  /** The agent itself asked for no more work. */
  draining: boolean;
  metrics: NodeMetrics | null;
  heardAtMs: number;
  /** The store knows it: before that, a heartbeat would find no such session. */
  stored: boolean;
  /** What the node holds, as far as this end knows: leases sent to it whose end it has not been told. */
  readonly leases: Set<string>;
  /** The task manager that gives the node work; null while it has none. */
  home: string | null;
  /** The session's id there: a new one at each home. */
  homeId: string;
  /** Resolves when it has been tried to open it at another one; null while that is not under way. */
  moving: Promise<void> | null;
}

export function statusOf(session: LiveSession): NodeStatus {
  return session.mode === 'maintenance' ? 'maintenance' : 'online';
}

/** The session as the scheduler sees it. */
export function schedulable(session: LiveSession, instanceId: string): NodeSession {
  return {
    nodeId: session.node.id,
    sessionId: session.homeId,
    operatorId: session.node.operatorId,
    instanceId,
    offer: session.offer,
    accepting: session.mode === 'online' && !session.draining && session.staked,
  };
}
