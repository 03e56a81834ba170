import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@deai/bus';
import { CLOSE_CODES, DeaiError, type LeaseAck, type NodeMode, type NodeStatus } from '@deai/protocol';
import { createTurns, type Logger } from '@deai/service-kit';
import type { NodeManagerConfig } from '../config.ts';
import type { NodeStore } from '../domain/ports.ts';
import { createHomes } from './homes.ts';
import { createHoming, type Homing } from './homing.ts';
import type { NodeMetricsSet } from './hub-metrics.ts';
import { type LiveSession, schedulable, statusOf } from './node-session.ts';

/** The open sessions of this instance, and what opening and closing one means to the rest of the network. */
export interface SessionHub {
  readonly sessions: ReadonlyMap<string, LiveSession>;
  /** Takes the session in, in place of an older one of the same node, and welcomes it. */
  open(session: LiveSession, holding: string[]): Promise<void>;
  /** The socket is gone. */
  closed(session: LiveSession): Promise<void>;
  /** The offer, mode or drain wish changed: the scheduler must know. */
  changed(session: LiveSession): Promise<void>;
  announce(session: LiveSession, status: NodeStatus): void;
  setMode(nodeId: string, mode: NodeMode): void;
  /** Whether the stake that the network asks for is behind the session's node. */
  setStaked(session: LiveSession, staked: boolean): void;
  /** Where the sessions are at home. */
  readonly homing: Homing;
  /** Closes the socket, saying why. */
  drop(session: LiveSession, error: DeaiError, closeCode: number): void;
  /** Closes every session and resolves when all are closed, or after a moment. */
  closeAll(): Promise<void>;
}

const CLOSE_ALL_MS = 2_000;

export interface HubParts {
  instanceId: string;
  bus: Bus;
  store: NodeStore;
  config: NodeManagerConfig;
  logger: Logger;
  metrics: NodeMetricsSet;
}

export function createSessionHub({ instanceId, bus, store, config, logger, metrics }: HubParts): SessionHub {
  const sessions = new Map<string, LiveSession>();
  const closings = new Set<Promise<void>>();
  /** A session that closes while it opens must end up closed everywhere. */
  const turns = createTurns();
  const homing = createHoming({ instanceId, sessions, homes: createHomes(bus), turns, store, drop, logger });

  function announce(session: LiveSession, status: NodeStatus): void {
    const { id: nodeId, operatorId } = session.node;
    bus.publish('nodes.changed', { atMs: Date.now(), change: { nodeId, operatorId, status, metrics: session.metrics } });
  }
  async function changed(session: LiveSession): Promise<void> {
    const input = () => ({ session: schedulable(session, instanceId) });
    await homing.ask(session, 'tasks.updateSession', input).catch((error: unknown) => {
      logger.warn({ err: error, nodeId: session.node.id }, 'the task manager was not told of a change');
    });
  }
  async function welcome(session: LiveSession, holding: string[]): Promise<void> {
    const { node, sessionId, offer, outbox } = session;
    // Gone or replaced before its turn came.
    if (sessions.get(node.id) !== session) return;
    const offersChanged = await store.openSession(node.id, sessionId, instanceId, offer);
    session.stored = true;
    if (offersChanged) bus.publish('nodes.offersChanged', { atMs: Date.now() });
    const leases = await homing.open(session, holding);
    for (const leaseId of leases) session.leases.delete(leaseId);
    outbox.send({ type: 'welcome', sessionId, nodeId: node.id, heartbeatMs: config.DEAI_NODES_HEARTBEAT_MS, drop: leases });
    if (session.mode !== 'online') outbox.send({ type: 'mode', mode: session.mode === 'drain' ? 'draining' : 'maintenance' });
    outbox.open();
    announce(session, statusOf(session));
    logger.info({ nodeId: node.id, sessionId, held: holding.length, dropped: leases.length }, 'node connected');
  }
  async function farewell(session: LiveSession): Promise<void> {
    await homing.close(session, config.DEAI_NODES_GRACE_MS);
    await store.closeSession(session.node.id, session.sessionId);
  }
  function drop(session: LiveSession, error: DeaiError, closeCode: number): void {
    session.outbox.send({ type: 'error', ...error.toBody() });
    session.socket.close(closeCode, error.code);
  }

  async function forget(session: LiveSession): Promise<void> {
    const { node, sessionId } = session;
    if (sessions.get(node.id) !== session) return;
    sessions.delete(node.id);
    metrics.connected.set(sessions.size);
    logger.info({ nodeId: node.id, sessionId }, 'node disconnected');
    await turns.inTurn(node.id, () => {
      // Another session may be open by now, and then the node is not offline.
      if (!sessions.has(node.id)) announce(session, 'offline');
      return farewell(session);
    });
  }

  return {
    sessions,
    homing,
    announce,
    changed,
    drop,
    async open(session, holding) {
      const nodeId = session.node.id;
      const older = sessions.get(nodeId);
      sessions.set(nodeId, session);
      if (older) drop(older, new DeaiError('NODE_SESSION_REPLACED'), CLOSE_CODES.replaced);
      metrics.connected.set(sessions.size);
      await turns.inTurn(nodeId, () => welcome(session, holding));
    },
    closed(session) {
      const closing = forget(session).finally(() => closings.delete(closing));
      closings.add(closing);
      return closing;
    },
    setMode(nodeId, mode) {
      const session = sessions.get(nodeId);
      if (!session || session.mode === mode) return;
      session.mode = mode;
      session.outbox.send({ type: 'mode', mode: mode === 'drain' ? 'draining' : mode });
      announce(session, statusOf(session));
      void changed(session);
    },
    setStaked(session, staked) {
      if (session.staked === staked) return;
      session.staked = staked;
      logger.info(
        { nodeId: session.node.id, staked },
        staked ? 'a node has its stake and gets work' : 'a node lost its stake and gets no work',
      );
      void changed(session);
    },
    async closeAll() {
      for (const session of sessions.values()) session.socket.close(CLOSE_CODES.shuttingDown, 'SHUTTING_DOWN');
      const deadline = Date.now() + CLOSE_ALL_MS;
      while (sessions.size + closings.size > 0 && Date.now() < deadline) await Promise.race([...closings, delay(20)]);
    },
  };
}

/** A refusal for each lease, when the whole frame is refused. */
export function refuseAll(leaseIds: string[], error: DeaiError): LeaseAck[] {
  return leaseIds.map((leaseId) => ({ leaseId, accepted: false, code: error.code, message: error.message }));
}
