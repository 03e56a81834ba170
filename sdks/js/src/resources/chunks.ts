import type { TaskRequest } from '@deai/protocol';

/** Tasks the server takes in one request. */
const MAX_TASKS = 1_000;
/** Characters of JSON in one request: below the 16 MiB that a server takes by default, also when many need three bytes. */
const MAX_CHARS = 5_000_000;

/** Cuts tasks into requests. The same tasks are always cut the same way, so idempotency keys can be counted through. */
export function chunksOf(tasks: readonly TaskRequest[]): TaskRequest[][] {
  const chunks: TaskRequest[][] = [];
  let current: TaskRequest[] = [];
  let chars = 0;
  for (const task of tasks) {
    const size = JSON.stringify(task).length;
    if (current.length > 0 && (current.length === MAX_TASKS || chars + size > MAX_CHARS)) {
      chunks.push(current);
      current = [];
      chars = 0;
    }
    current.push(task);
    chars += size;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}
