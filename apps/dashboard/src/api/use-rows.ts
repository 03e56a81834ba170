import { type InfiniteData, keepPreviousData, type QueryKey, type UseInfiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { PageOf } from './types.ts';

type Cursor = string | undefined;
type PagedOptions<T, K extends QueryKey> = UseInfiniteQueryOptions<PageOf<T>, Error, InfiniteData<PageOf<T>>, K, Cursor>;

/**
 * A list that comes in pages, as the rows of all that are here. Those of the filters before stay until the first page of the next is here.
 * `paging` is what a long table needs to ask for further ones.
 */
export function useRows<T, K extends QueryKey>(options: PagedOptions<T, K>) {
  const query = useInfiniteQuery({ ...options, placeholderData: keepPreviousData });
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const onMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return { query, rows, paging: { more: hasNextPage, fetching: isFetchingNextPage, onMore } };
}
