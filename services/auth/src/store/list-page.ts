import type { Database } from '@deai/db';
import { DeaiError, isUuid, type PageOf } from '@deai/protocol';

/** A condition on rows: SQL around the place of its value. */
export interface Condition {
  sql(placeholder: string): string;
  value: unknown;
}

/** What to list. `id` is the column of the UUIDv7 by which rows are paged. */
interface PageSpec {
  select: string;
  id: string;
  conditions: readonly Condition[];
  query: { limit?: number; cursor?: string };
}

/** A page, newest first; the cursor is the last id of the page before. @throws DeaiError `INVALID_CURSOR`. */
export async function listPage<Row extends { id: string }, Item>(
  db: Database,
  { select, id, conditions, query: { limit = 50, cursor } }: PageSpec,
  toItem: (row: Row) => Item,
): Promise<PageOf<Item>> {
  if (cursor !== undefined && !isUuid(cursor)) throw new DeaiError('INVALID_CURSOR', { cursor });
  const all = [...conditions, ...(cursor === undefined ? [] : [{ sql: (n: string) => `${id} < ${n}`, value: cursor }])];
  const where = all.map(({ sql }, i) => sql(`$${i + 2}`));
  const text = `${select} where ${['true', ...where].join(' and ')} order by ${id} desc limit $1`;
  const { rows } = await db.query<Row>(text, [limit + 1, ...all.map(({ value }) => value)]);
  const page = rows.slice(0, limit);
  return { items: page.map(toItem), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
