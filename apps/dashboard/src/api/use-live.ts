import type { NetworkStatsUpdate, NodeStatusUpdate, TaskUpdate } from '@deai/protocol';
import { hasEnded } from '@deai/sdk';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { type Audience, createLiveFeed, type FeedHooks, type LiveFeed, type LiveState } from './live.ts';
import { applyBatch, applyStats } from './live-apply.ts';
import { queryClient } from './query-client.ts';
import { client, currentSession, onSession } from './session.ts';
import { refreshTaskLists } from './task-list.ts';
import type { Task } from './types.ts';

/** What this page hears over its one WebSocket. */
const feed: LiveFeed = createLiveFeed();

/** A list is asked for again at most this often, however many tasks come in. */
const LIST_MS = 1_000;
let listsWait = false;

/** Soon, and once for all who ask until then. */
export function refreshLists(): void {
  if (listsWait) return;
  listsWait = true;
  setTimeout(() => {
    listsWait = false;
    // What fails is asked for again with the next update.
    void refreshTaskLists().catch(() => undefined);
  }, LIST_MS);
}

/** A task that is shown by itself and changed: its answers are asked for anew. */
function refreshTask(id: string): void {
  const shown = queryClient.getQueryData<Task>(['tasks', 'one', id]);
  const update = feed.tasks.get(id);
  if (!shown || !update || (hasEnded(shown) && shown.status === update.status)) return;
  for (const part of ['one', 'events', 'why']) void queryClient.invalidateQueries({ queryKey: ['tasks', part, id], refetchType: 'active' });
}

/** Who listens in each state of the session. Once it has ended, its user is asked to log in again. */
const AUDIENCES = { active: 'user', anonymous: 'visitor', expired: undefined } as const;

/** Follows the session: a socket for whoever is logged in, and one for visitors, who hear what is public. */
export function startFeed(): void {
  const hooks: FeedHooks = {
    onGap() {
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== 'list' || queryKey[0] !== 'tasks' });
      if (audience === 'user') refreshLists();
    },
    onStats: (heard, at) => applyStats(queryClient, heard, at),
    onBatch: (batch) => applyBatch(queryClient, batch),
  };
  let audience: Audience | undefined;
  const follow = () => {
    const next = AUDIENCES[currentSession().status];
    if (next === audience) return;
    feed.stop();
    audience = next;
    if (next) feed.start(client, next, hooks);
  };
  feed.tasks.onChanged((keys) => {
    refreshLists();
    for (const id of opened) if (keys.has(id)) refreshTask(id);
  });
  onSession(follow);
  follow();
}

/** Tasks that the page shows by themselves. */
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

/** Its state alone: who shows no more is not drawn anew as a task goes on. */
export function useLiveTaskState(id: string): Task['status'] | undefined {
  const subscribe = useCallback((listener: () => void) => feed.tasks.subscribe(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => feed.tasks.get(id)?.status as Task['status'] | undefined);
}

export function useLiveNode(id: string): NodeStatusUpdate | undefined {
  const subscribe = useCallback((listener: () => void) => feed.nodes.subscribe(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => feed.nodes.get(id));
}
