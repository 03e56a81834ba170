import type { LiveTask } from '../domain/task.ts';
import type { Engine } from './engine.ts';

/** The task's input: from memory, or from the object store when it is a large one. */
export async function inputOf({ objects }: Engine, task: LiveTask): Promise<unknown> {
  if (task.inputRef === null) return task.input;
  const bytes = await objects.get(task.inputRef);
  if (!bytes) throw new Error(`the object store has no input ${task.inputRef} of task ${task.id}`);
  return JSON.parse(Buffer.from(bytes).toString());
}
