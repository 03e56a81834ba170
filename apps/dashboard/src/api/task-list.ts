import { queryClient } from './query-client.ts';
import { client } from './session.ts';
import { type TaskFilter, taskQueryOf } from './task-filter.ts';
import { type TaskPages, withNewest } from './with-newest.ts';

const FIRST_PAGE = 100;

/** Asks for the newest page of each task list on the page. */
export async function refreshTaskLists(): Promise<void> {
  const shown = queryClient.getQueryCache().findAll({ queryKey: ['tasks', 'list'], type: 'active' });
  for (const { queryKey } of shown) {
    const filter = queryKey[2] as TaskFilter;
    const newest = await client.tasks.list({ ...taskQueryOf(filter), limit: FIRST_PAGE }).page();
    queryClient.setQueryData<TaskPages>(queryKey, (list) => list && withNewest(list, newest));
  }
}
