import type { PageOf } from '@deai/protocol';
import type { CallOptions } from './options.ts';

/** A listing, newest first. Iterate it for single items; pages are fetched as they are needed. */
export interface Listing<T> extends AsyncIterable<T> {
  /** Page by page. */
  pages(): AsyncIterable<PageOf<T>>;
  /** One page: the first, or the one at `cursor`. */
  page(cursor?: string): Promise<PageOf<T>>;
}

/** Query fields every listing has. */
export interface Paged {
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** Makes a listing of what fetches one page. */
export function createListing<T, Q extends Paged>(
  query: Q,
  options: CallOptions,
  fetchPage: (query: Q, options: CallOptions) => Promise<PageOf<T>>,
): Listing<T> {
  const page = (cursor: string | undefined = query.cursor) => fetchPage({ ...query, cursor }, options);
  async function* pages(): AsyncGenerator<PageOf<T>> {
    let next = await page();
    yield next;
    while (next.nextCursor !== null) {
      next = await page(next.nextCursor);
      yield next;
    }
  }
  async function* items(): AsyncGenerator<T> {
    for await (const { items } of pages()) yield* items;
  }
  return { page, pages, [Symbol.asyncIterator]: items };
}
