import type { Database } from '@deai/db';
import { type TaskEvent, taskStateOf } from '@deai/protocol';

/** What a task's own row tells of its history. */
export interface EventRow {
  state: number;
  attempt: number;
  node_id: string | null;
  created_at: Date;
  assigned_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
  error_code: string | null;
  error_message: string | null;
}

/** A row of tasks.attempt. */
export interface AttemptRow {
  attempt: number;
  node_id: string | null;
  assigned_at: Date | null;
  started_at: Date | null;
  ended_at: Date;
  error_code: string;
  error_message: string;
}

type Steps = Pick<AttemptRow, 'attempt' | 'node_id' | 'assigned_at' | 'started_at'>;

function begun({ attempt, node_id, assigned_at, started_at }: Steps): TaskEvent[] {
  const shared = { attempt, nodeId: node_id, error: null };
  return [
    ...(assigned_at ? [{ at: assigned_at.toISOString(), event: 'assigned' as const, ...shared }] : []),
    ...(started_at ? [{ at: started_at.toISOString(), event: 'started' as const, ...shared }] : []),
  ];
}

/** A task's history, read off its row and the attempts that failed; undefined when there is no such task. */
export async function taskEvents(db: Database, taskId: string): Promise<TaskEvent[] | undefined> {
  const [task, attempts] = await Promise.all([
    db.query<EventRow>(
      `select state, attempt, node_id, created_at, assigned_at, started_at, ended_at, error_code, error_message
       from tasks.task where id = $1`,
      [taskId],
    ),
    db.query<AttemptRow>(
      `select attempt, node_id, assigned_at, started_at, ended_at, error_code, error_message
       from tasks.attempt where task_id = $1 order by attempt`,
      [taskId],
    ),
  ]);
  return task.rows[0] && eventsOf(task.rows[0], attempts.rows);
}

/** The events that rows tell of, so that the ordinary life of a task writes no event rows. Attempts in order. */
export function eventsOf(row: EventRow, attempts: readonly AttemptRow[]): TaskEvent[] {
  const events: TaskEvent[] = [{ at: row.created_at.toISOString(), event: 'submitted', attempt: 0, nodeId: null, error: null }];
  for (const past of attempts) {
    events.push(...begun(past));
    const error = { code: past.error_code, message: past.error_message };
    events.push({ at: past.ended_at.toISOString(), event: 'attempt_failed', attempt: past.attempt, nodeId: past.node_id, error });
  }
  if (!attempts.some((past) => past.attempt === row.attempt)) events.push(...begun(row));
  const state = taskStateOf(row.state);
  if (row.ended_at && (state === 'completed' || state === 'failed' || state === 'cancelled')) {
    const error = state === 'completed' || row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' };
    events.push({ at: row.ended_at.toISOString(), event: state, attempt: row.attempt, nodeId: row.node_id, error });
  }
  return events;
}
