import type { Database } from '@deai/db';
import { DeaiError, isUuid, type PageOf } from '@deai/protocol';

/** A condition on rows: SQL around the place of its value, or without one. */
export type Condition = { sql(placeholder: string): string; value: unknown } | string;

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
  const values: unknown[] = [limit + 1];
  const placed = (condition: Condition) => (typeof condition === 'string' ? condition : condition.sql(`$${values.push(condition.value)}`));
  const where = ['true', ...conditions.map(placed)];
  if (cursor !== undefined) where.push(placed({ sql: (n) => `${id} < ${n}`, value: cursor }));
  const { rows } = await db.query<Row>(`${select} where ${where.join(' and ')} order by ${id} desc limit $1`, values);
  const page = rows.slice(0, limit);
  return { items: page.map(toItem), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
