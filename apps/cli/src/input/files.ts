import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { usageError } from '../cli-error.ts';

/** Bytes of a file, or of standard input for `-`. @throws CliError when it cannot be read. */
export async function readBytes(path: string): Promise<Buffer> {
  if (path === '-') return await buffer(process.stdin);
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'not allowed' : code;
    throw usageError(`Cannot read ${path}: ${why}.`, 'Give the path of a file, or - for standard input.');
  }
}

/** A value as given, or what the file after `@` holds (`@-` is standard input). `@@` stands for a leading `@`. */
export async function valueOrFile(value: string): Promise<string> {
  if (value === '-') return (await readBytes('-')).toString();
  if (!value.startsWith('@')) return value;
  return value.startsWith('@@') ? value.slice(1) : (await readBytes(value.slice(1))).toString();
}

/** Parses JSON. @throws CliError that names where it comes from. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageError(`${where} is not valid JSON: ${(error as Error).message}`);
  }
}

/** True for what `{…}` gives in JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
