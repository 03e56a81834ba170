import type { Database } from '@deai/db';
import { type TaskEvent, taskStateOf } from '@deai/protocol';

interface Row {
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

interface AttemptRow {
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

/** A task's history: read off its row and the attempts that failed, so that the ordinary life of a task writes no event rows. */
export async function taskEvents(db: Database, taskId: string): Promise<TaskEvent[]> {
  const [task, attempts] = await Promise.all([
    db.query<Row>(
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
  const [row] = task.rows;
  if (!row) return [];
  const events: TaskEvent[] = [{ at: row.created_at.toISOString(), event: 'submitted', attempt: 0, nodeId: null, error: null }];
  for (const past of attempts.rows) {
    events.push(...begun(past));
    const error = { code: past.error_code, message: past.error_message };
    events.push({ at: past.ended_at.toISOString(), event: 'attempt_failed', attempt: past.attempt, nodeId: past.node_id, error });
  }
  if (!attempts.rows.some((past) => past.attempt === row.attempt)) events.push(...begun(row));
  const state = taskStateOf(row.state);
  if (row.ended_at && (state === 'completed' || state === 'failed' || state === 'cancelled')) {
    const error = state === 'completed' || row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' };
    events.push({ at: row.ended_at.toISOString(), event: state, attempt: row.attempt, nodeId: row.node_id, error });
  }
  return events;
}
