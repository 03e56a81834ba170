import type { CommandInput, LeaseAck, NodeSession } from '@deai/protocol';
import { predictCompletion } from '../domain/predictor.ts';
import type { Lease } from '../domain/task.ts';
import { changeOf } from './announcer.ts';
import type { AttemptFlow } from './attempt.flow.ts';
import type { DispatchFlow } from './dispatch.flow.ts';
import type { Engine } from './engine.ts';
import type { StartWriter } from './start-writer.ts';

/** Follows nodes as they come, change and go, and what they say of their leases short of a result. */
export interface SessionFlow {
  /** Answers which of the leases the node holds are not its own any more. */
  open(session: NodeSession, holding: string[]): Promise<{ drop: string[] }>;
  update(session: NodeSession): void;
  close(nodeId: string, sessionId: string, graceMs: number): void;
  /** An instance of the node manager does not answer any more: its sessions are over, unless it says them again. */
  instanceLost(instanceId: string): void;
  report(report: CommandInput<'tasks.report'>): Promise<LeaseAck[]>;
  /** Leases found at the start go back unless their nodes come within the grace. */
  awaitNodes(graceMs: number): void;
  stop(): void;
}

export function createSessionFlow(engine: Engine, dispatch: DispatchFlow, attempts: AttemptFlow, starts: StartWriter): SessionFlow {
  const { scheduler, logger, config } = engine;
  const graces = new Map<string, NodeJS.Timeout>();

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

  return {
    async open(session, holding) {
      clearTimeout(graces.get(session.nodeId));
      graces.delete(session.nodeId);
      const held = new Set(holding);
      for (const lease of scheduler.leasesOfNode(session.nodeId)) {
        // One that is still being written goes to the old session, which refuses it.
        if (lease.written && !lease.settling && !held.has(lease.leaseId)) giveBack(lease, 'the node came back without this task');
      }
      const drop = holding.filter((leaseId) => !leaseFor(session.nodeId, leaseId));
      dispatch.fillNode(scheduler.openSession(session));
      return { drop };
    },
    update(session) {
      // An unknown node is one that was connected before this scheduler started; an update of a replaced session is stale.
      const known = scheduler.nodes.get(session.nodeId);
      if (known && known.session.sessionId !== session.sessionId) return;
      dispatch.fillNode(scheduler.openSession(session));
    },
    close,
    instanceLost(instanceId) {
      const lost = [...scheduler.nodes.values()].filter((node) => node.session.instanceId === instanceId);
      for (const { nodeId, session } of lost) close(nodeId, session.sessionId, config.DEAI_TASKS_RECONNECT_GRACE_MS);
      if (lost.length > 0) logger.warn({ instanceId, nodes: lost.length }, 'a node manager is gone, its nodes are to come back');
    },
    async report(report) {
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
    awaitNodes(graceMs) {
      for (const nodeId of new Set([...scheduler.leases.values()].map((lease) => lease.nodeId))) awaitNode(nodeId, graceMs);
    },
    stop() {
      for (const timer of graces.values()) clearTimeout(timer);
    },
  };
}
