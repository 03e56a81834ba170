import { DeaiError, type TaskRequest } from '@deai/protocol';
import type { StoredRequest } from '../domain/ports.ts';
import type { LiveTask } from '../domain/task.ts';
import type { Engine } from './engine.ts';

/** The task's input: from memory, or from the object store when it is a large one. */
export async function inputOf({ objects }: Engine, task: LiveTask): Promise<unknown> {
  if (task.inputRef === null) return task.input;
  const input = await readObject({ objects }, task.inputRef);
  if (!input) throw new Error(`the object store has no input ${task.inputRef} of task ${task.id}`);
  return input;
}

/** The input of a stored task, open or ended: from its row, or from the object store. @throws DeaiError `TASK_INPUT_GONE` */
export async function storedInputOf(
  engine: Pick<Engine, 'objects'>,
  id: string,
  { input, inputRef }: StoredRequest,
): Promise<TaskRequest['input']> {
  if (input !== null) return JSON.parse(input);
  // Who runs the network may have removed old objects: then the row alone is left.
  const stored = inputRef === null ? undefined : await readObject(engine, inputRef);
  if (!stored)
    throw new DeaiError('TASK_INPUT_GONE', {
      id,
      hint: 'Whoever kept it can submit it anew; the hash of the task tells whether it is the one.',
    });
  return stored;
}

async function readObject({ objects }: Pick<Engine, 'objects'>, ref: string): Promise<TaskRequest['input'] | undefined> {
  const bytes = await objects.get(ref);
  return bytes && JSON.parse(Buffer.from(bytes).toString());
}
