import type { NetworkStatsUpdate, NodeStatusUpdate, TaskUpdate } from '@deai/protocol';
import type { DeaiClient, WatchEvent } from '@deai/sdk';
import { createKeyed, type Keyed } from './keyed-store.ts';

/** Whether the page hears of changes as they happen. */
export type LiveState = 'off' | 'connecting' | 'live' | 'interrupted';

/** The newest state of each task and node that was heard of, told to who shows it once a frame however many updates came. */
export interface LiveFeed {
  tasks: Keyed<TaskUpdate>;
  nodes: Keyed<NodeStatusUpdate>;
  state(): LiveState;
  stats(): NetworkStatsUpdate | undefined;
  /** Updates received so far. */
  received(): number;
  /** At most once a frame, when anything changed. */
  subscribe(listener: () => void): () => void;
  start(client: DeaiClient, onGap: () => void): void;
  stop(): void;
}

/** Tasks kept: beyond this the oldest are forgotten, so memory stays flat however long the page is open. */
const TASKS_KEPT = 50_000;
const NODES_KEPT = 20_000;
/** A page in the background draws no frames, and still must not pile up what it hears. */
const HIDDEN_MS = 250;

export function createLiveFeed(): LiveFeed {
  const tasks = createKeyed<TaskUpdate>(TASKS_KEPT);
  const nodes = createKeyed<NodeStatusUpdate>(NODES_KEPT);
  const listeners = new Set<() => void>();
  let state: LiveState = 'off';
  let stats: NetworkStatsUpdate | undefined;
  let received = 0;
  let scheduled = false;
  let running: AbortController | undefined;

  function flush(): void {
    scheduled = false;
    tasks.flush();
    nodes.flush();
    for (const listener of listeners) listener();
  }
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    if (document.hidden) setTimeout(flush, HIDDEN_MS);
    else requestAnimationFrame(flush);
  }
  function become(next: LiveState): void {
    state = next;
    schedule();
  }
  function take(event: WatchEvent): void {
    received++;
    if (event.type === 'task_update') tasks.set(event.data.task_id, event.data);
    else if (event.type === 'node_status') nodes.set(event.data.node_id, event.data);
    else stats = event.data;
    schedule();
  }
  async function run(client: DeaiClient, signal: AbortSignal, onGap: () => void): Promise<void> {
    const events = client.watch({
      topics: [{ topic: 'network' }, { topic: 'tasks' }, { topic: 'nodes' }],
      signal,
      onLive({ complete }) {
        become('live');
        if (!complete) onGap();
      },
      onInterrupted: () => become('interrupted'),
    });
    for await (const event of events) take(event);
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
    start(client, onGap) {
      if (running) return;
      running = new AbortController();
      become('connecting');
      // Pages ask at intervals as well, so a socket that is refused costs freshness alone.
      run(client, running.signal, onGap).catch(() => become('interrupted'));
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
