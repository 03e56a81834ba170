import type { Handler, Stop } from '@deai/bus';
import { type CommandName, DeaiError, isUuid, type ServiceHealth } from '@deai/protocol';
import type { ServiceContext } from '@deai/service-kit';
import type { Engine } from './flows/engine.ts';
import type { WhyFlow } from './flows/why.flow.ts';
import type { Flows } from './flows/wire-flows.ts';

const MAX_RECEIPTS = 5_000;
const MAX_COMMITS = 10_000;

/** Puts the flows behind the commands of the task manager. Returns the way to stop serving. */
export async function serveCommands(
  { bus, instanceId }: ServiceContext,
  engine: Engine,
  flows: Flows,
  health: () => Promise<Pick<ServiceHealth, 'status' | 'detail'>>,
): Promise<Stop> {
  const { submit, retry, queries, receipts, why, cancel, sessions, results, sharing, instances } = flows;
  // Given up by the others, perhaps: what this one would take on they would take away.
  const requireCurrent = () => {
    if (!instances.current) throw new DeaiError('UNAVAILABLE', { hint: 'This task manager cannot reach the database.' });
  };
  /** Sessions and their leases concern their home alone; whoever opens one asks any. */
  const serveAtHome = async <C extends CommandName>(name: C, handler: Handler<C>): Promise<Stop> => {
    const both = await Promise.all([bus.serve(name, handler), bus.serve(name, handler, { instance: instanceId })]);
    return () => {
      for (const stop of both) stop();
    };
  };
  const stops = await Promise.all([
    bus.serve('tasks.submit', async (c) => ({ tasks: await submit.submit(c.principal, c.tasks, c.idempotencyKey) })),
    bus.serve('tasks.retry', (c) => retry.retry(c.principal, c.id, c.idempotencyKey)),
    bus.serve('tasks.quote', (c) => submit.quote(c.principal, c.task)),
    bus.serve('tasks.get', (c) => queries.get(c.principal, c.id, c.withOutput)),
    bus.serve('tasks.wait', (c) => queries.wait(c.principal, c.id, c.waitMs)),
    bus.serve('tasks.list', (c) => queries.list(c.principal, c.query)),
    bus.serve('tasks.events', async (c) => ({ items: await queries.events(c.principal, c.id) })),
    bus.serve('tasks.input', (c) => queries.input(c.principal, c.id)),
    bus.serve('tasks.why', (c) => why.task(c.principal, c.id)),
    bus.serve('tasks.receipt', (c) => receipts.one(c.principal, c.id)),
    bus.serve('tasks.receipts', async (c) => ({ receipts: await receipts.many(readIds(c.ids)) })),
    bus.serve('tasks.completedSince', async (c) => ({
      commits: await engine.receipts.completedSince(readCommitId(c.after), Math.min(c.limit, MAX_COMMITS)),
    })),
    bus.serve('tasks.settledThrough', async (c) => {
      await engine.receipts.settledThrough(readCommitId(c.id));
      return {};
    }),
    bus.serve('tasks.cancel', async (c) => cancel.cancel(c.principal, await queries.get(c.principal, c.id, false))),
    bus.serve('tasks.stats', () => engine.network.stats()),
    bus.serve('tasks.nodeLoad', (c) => why.node(c.nodeId)),
    bus.serve('tasks.ownNodeLoad', (c) => why.ownNode(c.nodeId), { instance: instanceId }),
    bus.serve('tasks.nodeEarnings', (c) => nodeEarnings(engine, why, c.nodeId)),
    bus.serve('tasks.heldTotal', () => engine.store.heldTotal()),
    serveAtHome('tasks.openSession', async (c) => {
      requireCurrent();
      return { ...(await sessions.open(c.session, c.holding)), schedulerId: instanceId };
    }),
    serveAtHome('tasks.updateSession', async (c) => {
      sessions.update(c.session);
      return {};
    }),
    serveAtHome('tasks.closeSession', async (c) => {
      sessions.close(c.nodeId, c.sessionId, c.graceMs);
      return {};
    }),
    serveAtHome('tasks.report', async (c) => ({ acks: await sessions.report(c) })),
    serveAtHome('tasks.results', async (c) => ({ acks: await results.take(c.nodeId, c.results) })),
    bus.serve(
      'tasks.ping',
      async (c) => ({ unknown: instances.current ? sessions.unknownOf(c.sessions) : c.sessions.map(({ sessionId }) => sessionId) }),
      { instance: instanceId },
    ),
    bus.serve('tasks.lend', async (c) => sharing.lend(c), { instance: instanceId }),
    bus.serve('service.health', async () => ({ service: 'task-manager', latencyMs: 0, ...(await health()) }), { instance: 'task-manager' }),
  ]);
  return () => {
    for (const stop of stops) stop();
  };
}

function readIds(ids: string[]): string[] {
  if (ids.length <= MAX_RECEIPTS && ids.every(isUuid)) return ids;
  throw new DeaiError('INVALID_INPUT', { problem: `ids must be at most ${MAX_RECEIPTS} UUIDs` });
}

/** Ids of commits are unsigned 64-bit numbers. */
function readCommitId(id: string): string {
  if (/^\d{1,20}$/.test(id) && BigInt(id) < 2n ** 64n) return id;
  throw new DeaiError('INVALID_INPUT', { problem: `${id} is no id of a commit` });
}

async function nodeEarnings({ store }: Engine, why: WhyFlow, nodeId: string) {
  const [{ completed, failed, rewardYocto }, { running }] = await Promise.all([store.nodeTally(nodeId), why.node(nodeId)]);
  return { nodeId, tasks: completed, failed, earnedYocto: rewardYocto, running };
}
