import { CLOSE_CODES, DeaiError } from '@deai/protocol';
import { createJob, type Job } from '@deai/service-kit';
import type { NodeStore } from '../domain/ports.ts';
import type { HubParts, SessionHub } from '../session/hub.ts';

const SWEEP_MS = 1_000;

/** Writes heartbeats together, and drops nodes that fell silent. */
export function createHeartbeatJobs(hub: SessionHub, store: NodeStore, { config, logger }: Pick<HubParts, 'config' | 'logger'>): Job[] {
  async function persist(): Promise<void> {
    const beats = [...hub.sessions.values()]
      .filter((s) => s.stored)
      .map((s) => ({
        nodeId: s.node.id,
        sessionId: s.sessionId,
        metrics: s.metrics,
        atMs: s.heardAtMs,
      }));
    if (beats.length === 0) return;
    const replaced = new Set(await store.beat(beats));
    for (const session of hub.sessions.values()) {
      // Another instance took the node over while this socket still looked open.
      if (replaced.has(session.sessionId)) hub.drop(session, new DeaiError('NODE_SESSION_REPLACED'), CLOSE_CODES.replaced);
    }
  }
  async function sweep(): Promise<void> {
    const silentSince = Date.now() - config.DEAI_NODES_OFFLINE_MS;
    // Who sends heartbeats and results need not be asked: a ping to each node each second was a stall of the event loop each second.
    const quietSince = Date.now() - config.DEAI_NODES_OFFLINE_MS / 2;
    for (const session of hub.sessions.values()) {
      if (session.heardAtMs < silentSince) session.socket.terminate();
      else if (session.heardAtMs < quietSince) session.socket.ping();
    }
  }
  return [
    createJob('heartbeats', config.DEAI_NODES_PERSIST_MS, persist, logger),
    createJob('silent-nodes', SWEEP_MS, sweep, logger),
    createJob('homes', SWEEP_MS, () => hub.homing.sweep(), logger),
  ];
}
