import { createJob, type Job } from '@deai/service-kit';
import type { NodeStore } from '../domain/ports.ts';
import type { HubParts, SessionHub } from '../session/hub.ts';

/**
 * Lets the sessions of nodes that have the least stake accept work, and the others none. Runs at every change of stakes; now and then as
 * well, for the event that tells of one may be lost.
 */
export function createStakesJob(hub: SessionHub, store: NodeStore, { config, logger }: Pick<HubParts, 'config' | 'logger'>): Job {
  async function follow(): Promise<void> {
    const sessions = [...hub.sessions.values()];
    if (sessions.length === 0) return;
    const staked = await store.stakedOf(sessions.map(({ node }) => node.id));
    for (const session of sessions) hub.setStaked(session, staked.has(session.node.id));
  }
  return createJob('stakes', config.DEAI_NODES_PERSIST_MS, follow, logger);
}
