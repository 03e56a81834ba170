import type { Database } from '@deai/db';
import { rangeOfBound, type TimeRange } from './partition-ranges.ts';

/**
 * Storage parameters of new partitions, here and nowhere else. PostgreSQL's standard, a fifth of the table, would let 40 million dead rows
 * gather in a partition of 200 million before a vacuum, and statistics age as long. 2 % keeps a vacuum to minutes of work; the thresholds
 * keep small partitions from being vacuumed every few seconds. Inserts count too, so that pages are frozen and marked all-visible while the
 * partition is young, not all at once when it is old. An analyze samples 30,000 wide rows in 0.6 s whatever the size, felt by everybody on two
 * cores, and hot statements hardly go by its figures: it comes less often. No fillfactor: `state` is in the predicates of indexes, so no update of it is HOT.
 */
export const PARTITION_STORAGE = `with (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_analyze_scale_factor = 0.1, autovacuum_analyze_threshold = 50000)`;

const PARENT = 'tasks.task';
/** Detached by another session but not dropped yet: no partition any more. */
const PARTITIONS = `
select c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted, pg_get_expr(c.relpartbound, c.oid) as bound
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
join pg_namespace n on n.oid = c.relnamespace
where i.inhparent = to_regclass($1) and not i.inhdetachpending and c.relpartbound is not null`;
/** Partitions that are going: statements that name them would fail when they are gone. */
const LEAVING = 'select name from tasks.archived_partition where archived_at is null';

/** A partition that holds the ids of a time. `quoted` is its name as SQL wants it, with the schema. */
export interface Partition extends TimeRange {
  name: string;
  quoted: string;
  exact: boolean;
}

/**
 * Which partition of tasks.task holds an id, so that a hot statement can name it: that saves routing, and the locks on all others that a
 * plan through the parent takes.
 */
export interface PartitionMap {
  /**
   * The quoted name of the partition that holds an id, or a time in ms; `tasks.task` when none is known to, or when it is about to be
   * archived. A logarithmic search that allocates nothing. Another instance may drop a partition before this one has looked again: only
   * one whose tasks have all ended long ago, so at worst a statement fails with 42P01 and is right through the parent.
   */
  tableFor(idOrTimeMs: string | number): string;
  /** How many partitions {@link tableFor} knows. */
  readonly size: number;
  /** Reads the catalogue again. */
  refresh(): Promise<void>;
}

/** Empty until the first {@link PartitionMap.refresh}. */
export function createPartitionMap(db: Database): PartitionMap {
  let from = new Float64Array(0);
  let until = new Float64Array(0);
  let tables: string[] = [];

  return {
    tableFor(idOrTimeMs) {
      const timeMs = typeof idOrTimeMs === 'number' ? idOrTimeMs : timeOfId(idOrTimeMs);
      let low = 0;
      let high = tables.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        if (timeMs >= (until[middle] as number)) low = middle + 1;
        else if (timeMs >= (from[middle] as number)) return tables[middle] as string;
        else high = middle - 1;
      }
      return PARENT;
    },
    get size() {
      return tables.length;
    },
    async refresh() {
      const [all, leaving] = await Promise.all([readPartitions(db, 'task'), db.query<{ name: string }>(LEAVING)]);
      const gone = new Set(leaving.rows.map((row) => row.name));
      const known = all.filter((partition) => partition.exact && !gone.has(partition.name));
      from = Float64Array.from(known, (partition) => partition.fromMs);
      until = Float64Array.from(known, (partition) => partition.untilMs);
      tables = known.map((partition) => partition.quoted);
    },
  };
}

/** The partitions of tasks.`table` that hold a range of time, oldest first; not the default one. */
export async function readPartitions(db: Pick<Database, 'query'>, table: 'task' | 'attempt'): Promise<Partition[]> {
  const { rows } = await db.query<{ name: string; quoted: string; bound: string }>(PARTITIONS, [`tasks.${table}`]);
  return rows
    .flatMap(({ name, quoted, bound }) => {
      const range = rangeOfBound(bound);
      return range ? [{ name, quoted, ...range }] : [];
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}

/** As `idTimeMs`, without making strings. NaN for what is no id: then no partition holds it. */
function timeOfId(id: string): number {
  let timeMs = 0;
  for (let i = 0; i < 13; i++) if (i !== 8) timeMs = timeMs * 16 + hexDigit(id.charCodeAt(i));
  return timeMs;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : Number.NaN;
}
