import type { NetworkStatsUpdate, NodeStatusUpdate, Task, TaskUpdate } from '@deai/protocol';
import { hasEnded } from '@deai/sdk';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { createLiveFeed, type LiveFeed, type LiveState } from './live.ts';
import { queryClient } from './query-client.ts';
import { client, currentSession, onSession } from './session.ts';

/** What this page hears over its one WebSocket. */
export const feed: LiveFeed = createLiveFeed();

/** A list is asked for again at most this often, however many tasks come in. */
const LIST_MS = 1_000;
let listTimer: ReturnType<typeof setTimeout> | undefined;

function refreshLists(): void {
  listTimer ??= setTimeout(() => {
    listTimer = undefined;
    void queryClient.invalidateQueries({ queryKey: ['tasks', 'list'], refetchType: 'active' });
  }, LIST_MS);
}

/** A task that is shown by itself and changed: its answers are asked for anew. */
function refreshTask(id: string): void {
  const shown = queryClient.getQueryData<Task>(['tasks', 'one', id]);
  const update = feed.tasks.get(id);
  if (!shown || !update || (hasEnded(shown) && shown.status === update.status)) return;
  for (const part of ['one', 'events', 'why']) void queryClient.invalidateQueries({ queryKey: ['tasks', part, id], refetchType: 'active' });
}

/** Follows the session: a socket while somebody is logged in. */
export function startFeed(): void {
  const follow = () => {
    if (currentSession().status === 'active') feed.start(client, () => void queryClient.invalidateQueries());
    else feed.stop();
  };
  feed.tasks.onChanged((keys) => {
    let unknown = false;
    for (const id of keys) {
      if (!listed.has(id)) unknown = true;
      if (opened.has(id)) refreshTask(id);
    }
    if (unknown) refreshLists();
  });
  onSession(follow);
  follow();
}

/** Tasks that the lists on the page hold, and those that it shows by themselves. */
export const listed: Set<string> = new Set();
const opened = new Set<string>();

/** Keeps the answers about one task as new as what is heard of it. */
export function useFollowTask(id: string): void {
  useEffect(() => {
    opened.add(id);
    return () => void opened.delete(id);
  }, [id]);
}

export const useLiveState = (): LiveState => useSyncExternalStore(feed.subscribe, feed.state);
export const useLiveStats = (): NetworkStatsUpdate | undefined => useSyncExternalStore(feed.subscribe, feed.stats);

/** The newest that was heard of a task; `undefined` when nothing was. */
export function useLiveTask(id: string): TaskUpdate | undefined {
  const subscribe = useCallback((listener: () => void) => feed.tasks.subscribe(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => feed.tasks.get(id));
}

export function useLiveNode(id: string): NodeStatusUpdate | undefined {
  const subscribe = useCallback((listener: () => void) => feed.nodes.subscribe(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => feed.nodes.get(id));
}
