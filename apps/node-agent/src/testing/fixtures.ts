import { newId, type WireResult, type WireTask } from '@deai/protocol';

/** A task as a server would send it; language identification unless told otherwise. */
export function wireTask(changes: Partial<WireTask> = {}): WireTask {
  return {
    taskId: newId(),
    leaseId: newId(),
    kind: 'language-id',
    model: 'lid-176',
    input: { texts: ['Guten Tag, wie geht es Ihnen?'] },
    timeoutMs: 20_000,
    leaseUntilMs: Date.now() + 60_000,
    attempt: 1,
    ...changes,
  };
}

/** A finished attempt. */
export function wireResult(changes: Partial<WireResult> = {}): WireResult {
  return { taskId: newId(), leaseId: newId(), startedAtMs: Date.now(), runMs: 1.5, units: 1, output: '{"ok":true}', ...changes };
}
