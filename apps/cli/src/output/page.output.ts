import type { PageOf } from '@deai/protocol';
import type { Listing } from '@deai/sdk';
import type { Output } from './output.ts';

/** The first page of a listing, or everything as one page. */
export async function pageOf<T>(listing: Listing<T>, all: boolean | undefined): Promise<PageOf<T>> {
  if (!all) return await listing.page();
  const items: T[] = [];
  for await (const item of listing) items.push(item);
  return { items, nextCursor: null };
}

/** Says how to see more, where there is more. */
export function noteMore({ note, errorColors }: Output, nextCursor: string | null): void {
  if (nextCursor) note(errorColors.dim(`More: --cursor ${nextCursor}, or --all`));
}
