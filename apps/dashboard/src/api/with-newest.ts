import type { InfiniteData } from '@tanstack/react-query';
import type { PageOf, Task } from './types.ts';

export type TaskPages = InfiniteData<PageOf<Task>, string | undefined>;

/**
 * A list with its newest page as it is now; the pages behind it, which may be a thousand, are not asked for again. Ids sort by time, so
 * what lies within the newest page and is not on it has left the list.
 */
export function withNewest(list: TaskPages, newest: PageOf<Task>): TaskPages {
  const last = newest.items.at(-1);
  const whole = newest.nextCursor === null || !last;
  const joins = list.pages.some(({ items }) => items.some(({ id }) => id === last?.id));
  // Nothing in common: more came in than a page holds, and what lies between is not known.
  if (whole || !joins) return { pages: [newest], pageParams: [undefined] };
  const [, ...params] = list.pageParams;
  const pages = list.pages.map((page) => ({ ...page, items: page.items.filter(({ id }) => id < last.id) }));
  const [first = { items: [], nextCursor: null }, ...rest] = pages;
  return { pages: [{ ...first, items: [...newest.items, ...first.items] }, ...rest], pageParams: [undefined, ...params] };
}
