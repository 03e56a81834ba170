import type { Database } from '@deai/db';
import { taskStateOf } from '@deai/protocol';
import type { StoredRequest } from '../domain/ports.ts';
import { priorityOf } from '../domain/task.ts';
import type { ArchiveReader } from './archive-reader.ts';
import type { TaskRow } from './task-row.ts';

const COLUMNS = 'requester_id, state, kind, model, memory_mib, region, priority, timeout_ms, max_attempts, labels, input, input_ref';

/** What a task asked for, from the tables or the archive: rows keep their inputs, or the names of their objects, for good. */
export async function storedRequest(db: Database, archive: ArchiveReader | undefined, taskId: string): Promise<StoredRequest | undefined> {
  const { rows } = await db.query<TaskRow>(`select ${COLUMNS} from tasks.task where id = $1`, [taskId]);
  const row = rows[0] ?? (await archive?.find(taskId))?.row;
  return (
    row && {
      requesterId: row.requester_id,
      state: taskStateOf(row.state),
      request: {
        kind: row.kind,
        model: row.model,
        priority: priorityOf(row.priority),
        timeoutMs: row.timeout_ms,
        maxAttempts: row.max_attempts,
        requirements: { memoryMiB: row.memory_mib, ...(row.region ? { region: row.region } : {}) },
        labels: row.labels ?? {},
      },
      input: row.input,
      inputRef: row.input_ref,
    }
  );
}
