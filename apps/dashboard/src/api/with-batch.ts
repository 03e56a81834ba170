import type { InfiniteData } from '@tanstack/react-query';
import type { SettlementBatch } from './types.ts';

interface Page {
  items: SettlementBatch[];
  nextCursor: string | null;
}

/** The list with the batch at its place, newest first; one that is older than what is listed is left out. */
export function withBatch(listed: InfiniteData<Page>, batch: SettlementBatch): InfiniteData<Page> {
  const [first, ...rest] = listed.pages;
  if (!first) return listed;
  const isKnown = listed.pages.some(({ items }) => items.some(({ number }) => number === batch.number));
  if (isKnown) {
    const replaced = (page: Page) => ({ ...page, items: page.items.map((known) => (known.number === batch.number ? batch : known)) });
    return { ...listed, pages: listed.pages.map(replaced) };
  }
  const newest = first.items[0]?.number ?? 0;
  return batch.number < newest ? listed : { ...listed, pages: [{ ...first, items: [batch, ...first.items] }, ...rest] };
}
