import type { AttemptRow } from './task-events.ts';
import type { TaskRow } from './task-row.ts';

/** A task as the archive keeps it: its row, its output and the attempts that failed, in order. */
export interface ArchivedTask {
  row: TaskRow & { output: string | null };
  attempts: AttemptRow[];
}

/**
 * One line of NDJSON for each row: the whole row, so that columns to come are archived too, and its attempts. Amounts follow once more as
 * text: a reader takes the last of two equal names, and numbers of JSON would lose digits. $1 ids after, $2 limit.
 */
export const linesOf = (table: string, condition = 'true'): string => `
select x.id, row_to_json(x)::text as line
from (
  select t.*, t.unit_yocto::text as unit_yocto, t.hold::text as hold, t.reward::text as reward, t.fee::text as fee,
    (select coalesce(json_agg(a order by a.attempt), '[]'::json) from tasks.attempt a where a.task_id = t.id) as attempts
  from ${table} t where t.id > $1 and ${condition} order by t.id limit $2) x
order by x.id`;

const TASK_TIMES = ['created_at', 'assigned_at', 'lease_until', 'started_at', 'ended_at'];
const ATTEMPT_TIMES = ['assigned_at', 'started_at', 'ended_at'];

/** Reads a line that {@link linesOf} made. */
export function archivedTaskOf(line: string): ArchivedTask {
  const { attempts, ...row } = JSON.parse(line) as Record<string, unknown> & { attempts: Record<string, unknown>[] };
  return {
    row: withDates(row, TASK_TIMES) as unknown as ArchivedTask['row'],
    attempts: attempts.map((attempt) => withDates(attempt, ATTEMPT_TIMES) as unknown as AttemptRow),
  };
}

function withDates(record: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  for (const name of names) if (typeof record[name] === 'string') record[name] = new Date(record[name]);
  return record;
}
