import type { NetworkStatsUpdate, NodeStatusUpdate, TaskUpdate, Topic } from '@deai/protocol';
import type { DeaiClient, WatchEvent } from '@deai/sdk';
import { createKeyed, type Keyed } from './keyed-store.ts';
import { setListening } from './listening.ts';
import type { SettlementBatch } from './types.ts';

/** Whether the page hears of changes as they happen. */
export type LiveState = 'off' | 'connecting' | 'live' | 'interrupted';

/** The newest state of each task and node that was heard of, told to who shows it ten times a second at most, however many updates came. */
export interface LiveFeed {
  tasks: Keyed<TaskUpdate>;
  nodes: Keyed<NodeStatusUpdate>;
  state(): LiveState;
  stats(): NetworkStatsUpdate | undefined;
  /** Updates received so far. */
  received(): number;
  /** At most ten times a second, when anything changed. */
  subscribe(listener: () => void): () => void;
  start(client: DeaiClient, audience: Audience, hooks: FeedHooks): void;
  stop(): void;
}

/** Who listens: users hear of their tasks and nodes as well. */
export type Audience = 'visitor' | 'user';

/** What becomes of what everybody may hear, and of gaps. */
export interface FeedHooks {
  /** Updates may have been missed. */
  onGap(): void;
  onStats(heard: NetworkStatsUpdate, at: string): void;
  onBatch(batch: SettlementBatch): void;
}

const TOPICS: Readonly<Record<Audience, readonly Topic[]>> = {
  visitor: [{ topic: 'network' }, { topic: 'settlement' }],
  user: [{ topic: 'network' }, { topic: 'settlement' }, { topic: 'tasks' }, { topic: 'nodes' }],
};
/** A visitor who is refused, as there are many, gets answers at intervals, and tries again after this. */
const VISIT_AGAIN_MS = 60_000;

/** Tasks kept: beyond this the oldest are forgotten, so memory stays flat however long the page is open. */
const TASKS_KEPT = 50_000;
const NODES_KEPT = 20_000;
/** Between two tellings. Nobody reads what changes faster, and drawing it would take the time of the frames in between. */
const TOLD_MS = 100;

export function createLiveFeed(): LiveFeed {
  const tasks = createKeyed<TaskUpdate>(TASKS_KEPT);
  const nodes = createKeyed<NodeStatusUpdate>(NODES_KEPT);
  const listeners = new Set<() => void>();
  let state: LiveState = 'off';
  let stats: NetworkStatsUpdate | undefined;
  let received = 0;
  let scheduled = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  let running: AbortController | undefined;
  let heardBy: FeedHooks | undefined;

  function flush(): void {
    scheduled = false;
    toldAt = performance.now();
    tasks.flush();
    nodes.flush();
    for (const listener of listeners) listener();
  }
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    // Not with the frames: a page in the background draws none, and still must not pile up what it hears.
    setTimeout(flush, Math.max(0, toldAt + TOLD_MS - performance.now()));
  }
  function become(next: LiveState): void {
    state = next;
    setListening(next === 'live');
    schedule();
  }
  function take(event: WatchEvent): void {
    received++;
    if (event.type === 'task_update') tasks.set(event.data.task_id, event.data);
    else if (event.type === 'node_status') nodes.set(event.data.node_id, event.data);
    else if (event.type === 'settlement_batch') heardBy?.onBatch(event.data);
    else {
      stats = event.data;
      heardBy?.onStats(event.data, event.at);
    }
    schedule();
  }
  async function run(client: DeaiClient, audience: Audience, { onGap }: FeedHooks, signal: AbortSignal): Promise<void> {
    const events = client.watch({
      topics: TOPICS[audience],
      signal,
      onLive({ complete }) {
        become('live');
        if (!complete) onGap();
      },
      onInterrupted() {
        // What the socket would have told is asked for from now on.
        if (state === 'live') onGap();
        become('interrupted');
      },
    });
    for await (const event of events) take(event);
  }
  async function runFor(client: DeaiClient, audience: Audience, hooks: FeedHooks, signal: AbortSignal): Promise<void> {
    for (;;) {
      await run(client, audience, hooks, signal).catch(() => undefined);
      if (signal.aborted) return;
      // Pages ask at intervals as well, so a socket that is refused costs freshness alone.
      become(audience === 'visitor' ? 'off' : 'interrupted');
      if (audience === 'user') return;
      await new Promise((resolve) => setTimeout(resolve, VISIT_AGAIN_MS));
      if (signal.aborted) return;
    }
  }

  return {
    tasks,
    nodes,
    state: () => state,
    stats: () => stats,
    received: () => received,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start(client, audience, hooks) {
      if (running) return;
      running = new AbortController();
      heardBy = hooks;
      become('connecting');
      void runFor(client, audience, hooks, running.signal);
    },
    stop() {
      running?.abort();
      running = undefined;
      stats = undefined;
      tasks.clear();
      nodes.clear();
      become('off');
    },
  };
}
