import type { TaskRequest } from '@deai/protocol';
import { usageError } from '../cli-error.ts';
import { isObject, parseJson, readBytes } from './files.ts';

/**
 * Tasks of a JSON-lines file, or of standard input for `-`. A line is an input of `kind`, or a whole task when it has both `kind` and `input`;
 * empty lines are skipped.
 * @throws CliError that names the line.
 */
export async function readBatch(path: string, kind: string, settings: Omit<TaskRequest, 'kind' | 'input'>): Promise<TaskRequest[]> {
  const lines = (await readBytes(path)).toString().split('\n');
  const tasks = lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const value = parseJson(line, `Line ${i + 1} of ${path}`);
    if (!isObject(value)) throw usageError(`Line ${i + 1} of ${path} must be a JSON object.`);
    const whole = typeof value.kind === 'string' && isObject(value.input);
    return [{ kind, ...settings, ...(whole ? value : { input: value }) } as TaskRequest];
  });
  if (tasks.length === 0)
    throw usageError(`${path} holds no tasks.`, 'One JSON object a line: the input of a task, or {"kind":…,"input":…}.');
  return tasks;
}
