import type { Stop } from '@deai/bus';
import type { ServiceHealth } from '@deai/protocol';
import type { ServiceContext } from '@deai/service-kit';
import type { Engine } from './flows/engine.ts';
import type { Flows } from './flows/wire-flows.ts';

/** Puts the flows behind the commands of the task manager. Returns the way to stop serving. */
export async function serveCommands(
  { bus }: ServiceContext,
  engine: Engine,
  flows: Flows,
  health: () => Promise<Pick<ServiceHealth, 'status' | 'detail'>>,
): Promise<Stop> {
  const { submit, queries, why, cancel, sessions, results } = flows;
  const stops = await Promise.all([
    bus.serve('tasks.submit', async (c) => ({ tasks: await submit.submit(c.principal, c.tasks, c.idempotencyKey) })),
    bus.serve('tasks.quote', (c) => submit.quote(c.principal, c.task)),
    bus.serve('tasks.get', (c) => queries.get(c.principal, c.id, c.withOutput)),
    bus.serve('tasks.wait', (c) => queries.wait(c.principal, c.id, c.waitMs)),
    bus.serve('tasks.list', (c) => queries.list(c.principal, c.query)),
    bus.serve('tasks.events', async (c) => ({ items: await queries.events(c.principal, c.id) })),
    bus.serve('tasks.why', (c) => why.task(c.principal, c.id)),
    bus.serve('tasks.cancel', async (c) => cancel.cancel(c.principal, await queries.get(c.principal, c.id, false))),
    bus.serve('tasks.stats', async () => engine.counts.stats()),
    bus.serve('tasks.nodeLoad', async (c) => why.node(c.nodeId)),
    bus.serve('tasks.nodeEarnings', (c) => nodeEarnings(engine, c.nodeId)),
    bus.serve('tasks.heldTotal', () => engine.store.heldTotal()),
    bus.serve('tasks.openSession', (c) => sessions.open(c.session, c.holding)),
    bus.serve('tasks.updateSession', async (c) => {
      sessions.update(c.session);
      return {};
    }),
    bus.serve('tasks.closeSession', async (c) => {
      sessions.close(c.nodeId, c.sessionId, c.graceMs);
      return {};
    }),
    bus.serve('tasks.report', async (c) => ({ acks: await sessions.report(c) })),
    bus.serve('tasks.results', async (c) => ({ acks: await results.take(c.nodeId, c.results) })),
    bus.serve('service.health', async () => ({ service: 'task-manager', latencyMs: 0, ...(await health()) }), { instance: 'task-manager' }),
  ]);
  return () => {
    for (const stop of stops) stop();
  };
}

async function nodeEarnings({ store, scheduler }: Engine, nodeId: string) {
  const { completed, failed, rewardYocto } = await store.nodeTally(nodeId);
  return { nodeId, tasks: completed, failed, earnedYocto: rewardYocto, running: scheduler.leasesOfNode(nodeId).length };
}
