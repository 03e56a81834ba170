import type { LiveTask } from '../domain/task.ts';
import { createUpkeepJobs } from '../jobs/upkeep.jobs.ts';
import { createAttemptFlow } from './attempt.flow.ts';
import { type Backlog, createBacklog } from './backlog.ts';
import { createCancelFlow } from './cancel.flow.ts';
import { createCapacity } from './capacity.ts';
import { createDispatchFlow, type DispatchFlow } from './dispatch.flow.ts';
import type { Engine } from './engine.ts';
import { createHearingFlow } from './hearing.flow.ts';
import { createInstancesFlow } from './instances.flow.ts';
import { createPriceBook } from './price-book.ts';
import { createQueryFlow } from './query.flow.ts';
import { createReceiptFlow } from './receipt.flow.ts';
import { createResultFlow } from './result.flow.ts';
import { createRetryFlow } from './retry.flow.ts';
import { createSessionFlow, type SessionFlow } from './session.flow.ts';
import { createSharingFlow } from './sharing.flow.ts';
import { createStartWriter } from './start-writer.ts';
import { createSubmitFlow } from './submit.flow.ts';
import { createUsdPrice } from './usd-price.ts';
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
  const queue = (task: LiveTask) => {
    dispatchLater().requeue(task);
    sharing.waits();
  };
  const attempts = createAttemptFlow(engine, { queue, creditReturned });
  const stored = createBacklog(engine);
  const sharing = createSharingFlow(engine, {
    queue: (task) => dispatchLater().requeue(task),
    fillClass: (capability) => dispatchLater().fillClass(capability),
  });
  /** Waiting tasks come from the database and from other instances. */
  const backlog: Backlog = {
    ...stored,
    admit(task) {
      sharing.waits();
      return stored.admit(task);
    },
    topUp(capability, then) {
      stored.topUp(capability, then);
      sharing.topUp(capability);
    },
  };
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
  const usdPrice = createUsdPrice(engine.bus, engine.now);
  const queries = createQueryFlow(engine);
  const submit = createSubmitFlow({ engine, dispatch, backlog, capacity, prices: () => priceBook.current(), usd: usdPrice });
  const cancel = createCancelFlow(engine, dispatch);
  const instances = createInstancesFlow(engine, {
    inherited: sessions.inherit,
    readWaiting: () => stored.restore(),
    reset: sessions.reset,
  });
  return {
    attempts,
    backlog,
    dispatch,
    starts,
    capacity,
    priceBook,
    usdPrice,
    queries,
    receipts: createReceiptFlow(engine, queries),
    results: createResultFlow(engine, attempts, (nodeIds) => nodeIds.forEach(creditReturned)),
    submit,
    retry: createRetryFlow(engine, submit),
    sessions,
    cancel,
    sharing,
    instances,
    hearing: createHearingFlow(engine, { cancel, sessions, sharing, creditReturned }),
    why: createWhyFlow(engine, queries, capacity),
    jobs: createUpkeepJobs(engine, { attempts, dispatch, backlog, sharing, sessions }),
  };
}
export type Flows = ReturnType<typeof wireFlows>;
