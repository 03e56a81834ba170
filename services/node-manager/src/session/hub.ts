import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@deai/bus';
import { CLOSE_CODES, DeaiError, type LeaseAck, type NodeMode, type NodeStatus } from '@deai/protocol';
import type { Logger } from '@deai/service-kit';
import type { NodeManagerConfig } from '../config.ts';
import type { NodeStore } from '../domain/ports.ts';
import { createAbandonable } from './abandonable.ts';
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
  /** A request to the scheduler, given up with `UNAVAILABLE` when it starts anew. */
  askScheduler<T>(request: Promise<T>): Promise<T>;
  /** The scheduler started anew: tells it of every session again, and gives up on what the one before was asked. */
  reopenAll(): Promise<void>;
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
  /** What is under way for each node. */
  const turns = new Map<string, Promise<void>>();
  const scheduler = createAbandonable();

  /** The scheduler may be away: it asks for the sessions when it is back, so a failure here is no reason to turn a node away. */
  async function tellScheduler(session: LiveSession, holding: string[]): Promise<string[]> {
    try {
      return (await scheduler.ask(bus.request('tasks.openSession', { session: schedulable(session, instanceId), holding }))).drop;
    } catch (error) {
      logger.warn({ err: error, nodeId: session.node.id }, 'the task manager was not told of a session; it will ask');
      return [];
    }
  }
  function announce(session: LiveSession, status: NodeStatus): void {
    const { id: nodeId, operatorId } = session.node;
    bus.publish('nodes.changed', { atMs: Date.now(), change: { nodeId, operatorId, status, metrics: session.metrics } });
  }
  async function changed(session: LiveSession): Promise<void> {
    await scheduler.ask(bus.request('tasks.updateSession', { session: schedulable(session, instanceId) })).catch((error: unknown) => {
      logger.warn({ err: error, nodeId: session.node.id }, 'the task manager was not told of a change');
    });
  }
  /** Runs `work` after what was begun for the same node before: a session that closes while it opens must end up closed everywhere. */
  async function inTurn(nodeId: string, work: () => Promise<void>): Promise<void> {
    const turn = (turns.get(nodeId) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    turns.set(nodeId, settled);
    await turn.finally(() => turns.get(nodeId) === settled && turns.delete(nodeId));
  }
  async function welcome(session: LiveSession, holding: string[]): Promise<void> {
    const { node, sessionId, offer, outbox } = session;
    // Gone or replaced before its turn came.
    if (sessions.get(node.id) !== session) return;
    const offersChanged = await store.openSession(node.id, sessionId, instanceId, offer);
    session.stored = true;
    if (offersChanged) bus.publish('nodes.offersChanged', { atMs: Date.now() });
    const leases = await tellScheduler(session, holding);
    for (const leaseId of leases) session.leases.delete(leaseId);
    outbox.send({ type: 'welcome', sessionId, nodeId: node.id, heartbeatMs: config.DEAI_NODES_HEARTBEAT_MS, drop: leases });
    if (session.mode !== 'online') outbox.send({ type: 'mode', mode: session.mode === 'drain' ? 'draining' : 'maintenance' });
    outbox.open();
    announce(session, statusOf(session));
    logger.info({ nodeId: node.id, sessionId, held: holding.length, dropped: leases.length }, 'node connected');
  }
  /** What the scheduler wrote and did not live to send is not among the leases, so it goes back to the queue at once. */
  async function reopen(session: LiveSession): Promise<void> {
    if (sessions.get(session.node.id) !== session) return;
    const lost = await tellScheduler(session, [...session.leases]);
    for (const leaseId of lost) session.leases.delete(leaseId);
    if (lost.length > 0) session.outbox.cancel(lost);
  }
  async function farewell({ node, sessionId }: LiveSession): Promise<void> {
    const closing = { nodeId: node.id, sessionId, graceMs: config.DEAI_NODES_GRACE_MS };
    await scheduler.ask(bus.request('tasks.closeSession', closing)).catch((error: unknown) => {
      logger.warn({ err: error, nodeId: node.id }, 'the task manager was not told of a lost node; its leases will expire');
    });
    await store.closeSession(node.id, sessionId);
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
    await inTurn(node.id, () => {
      // Another session may be open by now, and then the node is not offline.
      if (!sessions.has(node.id)) announce(session, 'offline');
      return farewell(session);
    });
  }

  return {
    sessions,
    announce,
    changed,
    drop,
    async open(session, holding) {
      const nodeId = session.node.id;
      const older = sessions.get(nodeId);
      sessions.set(nodeId, session);
      if (older) drop(older, new DeaiError('NODE_SESSION_REPLACED'), CLOSE_CODES.replaced);
      metrics.connected.set(sessions.size);
      await inTurn(nodeId, () => welcome(session, holding));
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
    askScheduler: scheduler.ask,
    async reopenAll() {
      scheduler.abandon();
      await Promise.all([...sessions.values()].map((session) => inTurn(session.node.id, () => reopen(session))));
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
