import { createUpkeepJobs } from '../jobs/upkeep.jobs.ts';
import { createAttemptFlow } from './attempt.flow.ts';
import { createBacklog } from './backlog.ts';
import { createCancelFlow } from './cancel.flow.ts';
import { createCapacity } from './capacity.ts';
import { createDispatchFlow, type DispatchFlow } from './dispatch.flow.ts';
import type { Engine } from './engine.ts';
import { createPriceBook } from './price-book.ts';
import { createQueryFlow } from './query.flow.ts';
import { createResultFlow } from './result.flow.ts';
import { createSessionFlow, type SessionFlow } from './session.flow.ts';
import { createStartWriter } from './start-writer.ts';
import { createSubmitFlow } from './submit.flow.ts';
import { createWhyFlow } from './why.flow.ts';

/** Makes the flows of one engine and ties them together. */
export function wireFlows(engine: Engine) {
  // Attempts, dispatch and sessions need each other: a failed attempt queues its task, an assignment that cannot be sent ends its
  // attempt, and the session that it was for.
  const late: { dispatch?: DispatchFlow; sessions?: SessionFlow } = {};
  const dispatchLater = () => late.dispatch as DispatchFlow;
  const creditReturned = (nodeId: string) => {
    const node = engine.scheduler.nodes.get(nodeId);
    if (node) dispatchLater().fillNode(node);
  };
  const attempts = createAttemptFlow(engine, { queue: (task) => dispatchLater().queue(task), creditReturned });
  const backlog = createBacklog(engine);
  const dispatch = createDispatchFlow(engine, backlog, attempts, {
    sessionLost: (nodeId, sessionId) => late.sessions?.close(nodeId, sessionId, engine.config.DEAI_TASKS_RECONNECT_GRACE_MS),
    instanceLost: (instanceId) => late.sessions?.instanceLost(instanceId),
  });
  late.dispatch = dispatch;
  const starts = createStartWriter(engine);
  const sessions = createSessionFlow(engine, dispatch, attempts, starts);
  late.sessions = sessions;
  const capacity = createCapacity(engine.bus, engine.now);
  const priceBook = createPriceBook(engine.bus, engine.now);
  const queries = createQueryFlow(engine);
  return {
    attempts,
    backlog,
    dispatch,
    starts,
    capacity,
    priceBook,
    queries,
    results: createResultFlow(engine, attempts, (nodeIds) => nodeIds.forEach(creditReturned)),
    submit: createSubmitFlow({ engine, dispatch, backlog, capacity, prices: () => priceBook.current() }),
    sessions,
    cancel: createCancelFlow(engine, dispatch),
    why: createWhyFlow(engine, queries, capacity),
    jobs: createUpkeepJobs(engine, attempts, dispatch),
  };
}
export type Flows = ReturnType<typeof wireFlows>;
