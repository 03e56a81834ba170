import type { Stop } from '@deai/bus';
import {
  type AdminAct,
  DeaiError,
  isUuid,
  type NodeAssignment,
  type NodeInfo,
  type NodeMode,
  type Principal,
  type ServiceHealth,
} from '@deai/protocol';
import { isAdmin, requireScope, type ServiceContext } from '@deai/service-kit';
import type { NodeManagerConfig } from './config.ts';
import { explainNode } from './domain/node-why.ts';
import type { NodeStore } from './domain/ports.ts';
import { recordedAct } from './recorded-act.ts';
import type { SessionHub } from './session/hub.ts';

export interface CommandParts {
  config: NodeManagerConfig;
  store: NodeStore;
  hub: SessionHub;
  /** Looks at the stakes behind the open sessions. */
  followStakes(): Promise<void>;
  health(): Promise<Pick<ServiceHealth, 'status' | 'detail'>>;
}

/** Puts the node manager behind its commands and events. Returns the way to stop serving. */
export async function serveCommands({ bus, instanceId, logger }: ServiceContext, parts: CommandParts): Promise<Stop> {
  const { store, hub, config } = parts;
  const nodeOf = async (id: string): Promise<NodeInfo> => {
    const node = isUuid(id) ? await store.get(id) : undefined;
    if (!node) throw new DeaiError('NODE_NOT_FOUND', { id });
    return node;
  };
  const setMode = async (principal: Principal, id: string, mode: NodeMode): Promise<NodeInfo> => {
    requireScope(principal, 'nodes:write');
    const node = await nodeOf(id);
    if (node.operatorId !== principal.userId && !isAdmin(principal))
      throw new DeaiError('FORBIDDEN', { hint: 'Only its operator may do that.' });
    const run = () => store.setMode(id, mode);
    // Recorded first, so that no act of an administrator is missing there: who cannot be recorded does not act.
    if (isAdmin(principal)) await recordedAct(bus, logger, { principal, act: modeAct(node, mode), run });
    else await run();
    bus.publish('nodes.modeChanged', { nodeId: id, mode });
    return await nodeOf(id);
  };

  const stops = await Promise.all([
    bus.serve('nodes.register', async ({ principal, request }) => {
      requireScope(principal, 'nodes:write');
      const node = await store.register(principal.userId, request);
      return { nodeId: node.id, networkId: config.DEAI_NETWORK_ID };
    }),
    bus.serve('nodes.get', async ({ principal, id }) => {
      requireScope(principal, 'nodes:read');
      return await nodeOf(id);
    }),
    bus.serve('nodes.list', ({ principal, query }) => {
      requireScope(principal, 'nodes:read');
      return store.list(query, query.mine ? principal.userId : undefined);
    }),
    bus.serve('nodes.setMode', ({ principal, id, mode }) => setMode(principal, id, mode)),
    bus.serve('nodes.why', async ({ principal, id }) => {
      requireScope(principal, 'nodes:read');
      const node = await nodeOf(id);
      const rule = config.DEAI_NODES_REQUIRE_STAKE ? { leastYocto: await store.leastStakeYocto() } : undefined;
      return explainNode(node, await bus.request('tasks.nodeLoad', { nodeId: id }), rule);
    }),
    bus.serve('nodes.stats', () => store.stats()),
    bus.serve('nodes.publicKeys', async ({ ids }) => ({ items: await store.publicKeys(ids) })),
    bus.serve('nodes.syncStakes', async ({ stakes, minStakeYocto }) => {
      if (await store.syncStakes(stakes, minStakeYocto)) bus.publish('nodes.stakesChanged', { atMs: Date.now() });
      return {};
    }),
    bus.serve('nodes.countCapable', (needs) => store.countCapable(needs)),
    bus.serve('nodes.models', async () => ({ items: await store.models() })),
    bus.serve('nodes.assign', async ({ assignments }) => ({ unsent: assign(hub, assignments) }), { instance: instanceId }),
    bus.serve(
      'nodes.cancelLeases',
      async ({ nodeId, leases }) => {
        const session = hub.sessions.get(nodeId);
        for (const leaseId of leases) session?.leases.delete(leaseId);
        session?.outbox.cancel(leases);
        return {};
      },
      { instance: instanceId },
    ),
    bus.serve('service.health', async () => ({ service: 'node-manager', latencyMs: 0, ...(await parts.health()) }), {
      instance: 'node-manager',
    }),
    bus.subscribe('nodes.modeChanged', ({ nodeId, mode }) => hub.setMode(nodeId, mode)),
    bus.subscribe('nodes.stakesChanged', () => void parts.followStakes().catch(() => undefined)),
    bus.serve('nodes.ping', async () => ({}), { instance: instanceId }),
    bus.subscribe('tasks.started', (event) => void hub.homing.started(event.instanceId)),
    bus.subscribe('tasks.stopping', (event) => void hub.homing.stopping(event.instanceId)),
  ]);
  return () => {
    for (const stop of stops) stop();
  };
}

const modeAct = ({ id, name }: NodeInfo, mode: NodeMode): AdminAct => ({
  action: 'node.modeChanged',
  subject: { type: 'node', id },
  details: { name, mode },
});

/** Puts assignments into the outboxes of their sessions; returns the leases whose session is gone. */
function assign(hub: SessionHub, assignments: NodeAssignment[]): string[] {
  const unsent: string[] = [];
  for (const { nodeId, sessionId, tasks } of assignments) {
    const session = hub.sessions.get(nodeId);
    if (session?.homeId === sessionId && session.socket.readyState === session.socket.OPEN) {
      for (const { leaseId } of tasks) session.leases.add(leaseId);
      session.outbox.assign(tasks);
    } else unsent.push(...tasks.map((task) => task.leaseId));
  }
  return unsent;
}
