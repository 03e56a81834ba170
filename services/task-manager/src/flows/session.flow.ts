import { type CommandInput, DeaiError, type EventPayload, type LeaseAck, type NodeSession, type SessionRef } from '@deai/protocol';
import { createBatcher, createTurns } from '@deai/service-kit';
import { predictCompletion } from '../domain/predictor.ts';
import type { Lease } from '../domain/task.ts';
import { changeOf } from './announcer.ts';
import type { AttemptFlow } from './attempt.flow.ts';
import type { DispatchFlow } from './dispatch.flow.ts';
import type { Engine } from './engine.ts';
import type { StartWriter } from './start-writer.ts';

/** Follows nodes as they come, change and go, and what they say of their leases short of a result. */
export interface SessionFlow {
  /** This instance is the session's home from now on. Answers which of the leases the node holds are not its own any more. */
  open(session: NodeSession, holding: string[]): Promise<{ drop: string[] }>;
  /** @throws DeaiError `NODE_NOT_CONNECTED` when the session has no home here. */
  update(session: NodeSession): void;
  close(nodeId: string, sessionId: string, graceMs: number): void;
  /** Another instance is the node's home now: it is forgotten with its leases, and nothing is written. */
  moved(homed: EventPayload<'tasks.homed'>): void;
  /** Those of the sessions that have no home here. */
  unknownOf(sessions: SessionRef[]): string[];
  /** An instance of the node manager does not answer any more: its sessions are over, unless it says them again. */
  instanceLost(instanceId: string): void;
  /** @throws DeaiError `NODE_NOT_CONNECTED` when the session has no home here, so that nothing is said of its leases. */
  report(report: CommandInput<'tasks.report'>): Promise<LeaseAck[]>;
  /** Takes up leases of an instance that is gone: they go back unless their nodes come within the grace, here or elsewhere. */
  inherit(leases: Lease[]): void;
  /** Forgets every node and lease: others hold them. Sessions that still reach this instance come again with what their nodes hold. */
  reset(): void;
  stop(): void;
}

const MAX_NODES = 200;

export function createSessionFlow(engine: Engine, dispatch: DispatchFlow, attempts: AttemptFlow, starts: StartWriter): SessionFlow {
  const { scheduler, logger, config } = engine;
  const graces = new Map<string, NodeJS.Timeout>();
  const { inTurn } = createTurns();
  /** Many nodes come at once when another instance is gone. */
  const claimsOfNodes = createBatcher<string, Lease[]>({
    maxItems: MAX_NODES,
    concurrency: 1,
    flush: async (nodeIds) => {
      const byNode = Map.groupBy(await engine.claims.claimNodes(nodeIds), ({ nodeId }) => nodeId);
      return nodeIds.map((nodeId) => byNode.get(nodeId) ?? []);
    },
  });

  function giveBack(lease: Lease, message: string): void {
    attempts.giveBack(lease, 'NODE_LOST', message).catch((error: unknown) => {
      logger.warn({ err: error, taskId: lease.task.id }, 'lease not given back, it will expire');
    });
  }
  function awaitNode(nodeId: string, graceMs: number): void {
    clearTimeout(graces.get(nodeId));
    const timer = setTimeout(() => {
      graces.delete(nodeId);
      if (scheduler.nodes.has(nodeId)) return;
      for (const lease of scheduler.leasesOfNode(nodeId)) giveBack(lease, 'the node disconnected and did not come back in time');
    }, graceMs);
    graces.set(nodeId, timer);
  }
  async function refused(report: CommandInput<'tasks.report'>): Promise<void> {
    for (const { leaseId, reason } of report.refused ?? []) {
      const lease = leaseFor(report.nodeId, leaseId);
      if (lease) await attempts.giveBack(lease, 'NODE_REFUSED', reason);
    }
  }
  function leaseFor(nodeId: string, leaseId: string): Lease | undefined {
    const lease = scheduler.leases.get(leaseId);
    return lease?.nodeId === nodeId ? lease : undefined;
  }
  function started(lease: Lease, startedAtMs: number): void {
    lease.startedAtMs = Math.min(engine.now(), Math.max(lease.assignedAtMs, startedAtMs));
    lease.untilMs = engine.now() + lease.task.timeoutMs + config.DEAI_TASKS_LEASE_SLACK_MS;
    starts.add(lease);
    announceRunning(lease);
  }
  function announceRunning(lease: Lease): void {
    const from = lease.startedAtMs ?? lease.assignedAtMs;
    const estimatedCompletionMs = predictCompletion(scheduler.classOf(lease.task), from, engine.now());
    engine.announcer.announce(
      changeOf(lease.task, 'in_progress', { nodeId: lease.nodeId, progress: lease.progress, estimatedCompletionMs }),
    );
  }

  function close(nodeId: string, sessionId: string, graceMs: number): void {
    if (scheduler.closeSession(nodeId, sessionId)) awaitNode(nodeId, graceMs);
  }
  function endGrace(nodeId: string): void {
    clearTimeout(graces.get(nodeId));
    graces.delete(nodeId);
  }
  /** Nothing is written: whoever holds the leases now does that. Those that are being written or ended are settled by the store's answer. */
  function forget(leases: Iterable<Lease>): void {
    for (const lease of leases) if (lease.written && !lease.settling) scheduler.release(lease.leaseId);
  }
  function hasHome({ nodeId, sessionId }: SessionRef): boolean {
    return scheduler.nodes.get(nodeId)?.session.sessionId === sessionId;
  }
  function requireHome(session: SessionRef): void {
    if (!hasHome(session)) throw new DeaiError('NODE_NOT_CONNECTED', { nodeId: session.nodeId, hint: 'Its session has no home here.' });
  }
  async function open(session: NodeSession, holding: string[]): Promise<{ drop: string[] }> {
    const { nodeId, sessionId } = session;
    for (const lease of await claimsOfNodes.add(nodeId)) scheduler.adopt(lease);
    endGrace(nodeId);
    const held = new Set(holding);
    for (const lease of scheduler.leasesOfNode(nodeId)) {
      // One that is still being written goes to the old session, which refuses it.
      if (lease.written && !lease.settling && !held.has(lease.leaseId)) giveBack(lease, 'the node came back without this task');
    }
    const drop = holding.filter((leaseId) => !leaseFor(nodeId, leaseId));
    dispatch.fillNode(scheduler.openSession(session));
    if (engine.peers.known) engine.bus.publish('tasks.homed', { nodeId, sessionId, schedulerId: engine.schedulerId });
    return { drop };
  }

  return {
    open: (session, holding) => inTurn(session.nodeId, () => open(session, holding)),
    update(session) {
      requireHome(session);
      dispatch.fillNode(scheduler.openSession(session));
    },
    close,
    moved({ nodeId }) {
      const known = scheduler.nodes.get(nodeId);
      if (known) scheduler.closeSession(nodeId, known.session.sessionId);
      endGrace(nodeId);
      forget(scheduler.leasesOfNode(nodeId));
    },
    unknownOf: (sessions) => sessions.filter((session) => !hasHome(session)).map(({ sessionId }) => sessionId),
    instanceLost(instanceId) {
      const lost = [...scheduler.nodes.values()].filter((node) => node.session.instanceId === instanceId);
      for (const { nodeId, session } of lost) close(nodeId, session.sessionId, config.DEAI_TASKS_RECONNECT_GRACE_MS);
      if (lost.length > 0) logger.warn({ instanceId, nodes: lost.length }, 'a node manager is gone, its nodes are to come back');
    },
    async report(report) {
      requireHome(report);
      const acks: LeaseAck[] = [];
      for (const { leaseId, startedAtMs } of report.started ?? []) {
        const lease = leaseFor(report.nodeId, leaseId);
        if (lease) started(lease, startedAtMs);
        else acks.push({ leaseId, accepted: false, code: 'LEASE_LOST' });
      }
      for (const { leaseId, progress } of report.progress ?? []) {
        const lease = leaseFor(report.nodeId, leaseId);
        if (!lease || progress <= lease.progress) continue;
        lease.progress = progress;
        announceRunning(lease);
      }
      await refused(report);
      return acks;
    },
    inherit(leases) {
      for (const lease of leases) scheduler.adopt(lease);
      for (const nodeId of new Set(leases.map((lease) => lease.nodeId))) awaitNode(nodeId, config.DEAI_TASKS_RECONNECT_GRACE_MS);
    },
    reset() {
      for (const { nodeId, session } of [...scheduler.nodes.values()]) scheduler.closeSession(nodeId, session.sessionId);
      for (const nodeId of [...graces.keys()]) endGrace(nodeId);
      forget([...scheduler.leases.values()]);
    },
    stop() {
      for (const timer of graces.values()) clearTimeout(timer);
    },
  };
}
