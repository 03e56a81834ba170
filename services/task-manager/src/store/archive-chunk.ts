import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Database } from '@deai/db';
import type { ObjectStore } from '@deai/objects';
import { sha256Hex } from '@deai/protocol';
import { linesOf } from './archived-task.ts';

const deflate = promisify(gzip);
const MAX_ROWS = 5_000;
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
/** Of a table whose rows may each have 64 KiB of input and output. */
const ROWS_A_READ = 250;
/** Sorts before every id. */
export const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Rows that belong together in one object. */
export interface Chunk {
  ids: string[];
  text: string;
}

/** A row of tasks.archive, but for its number. */
export interface StoredChunk {
  first_id: string;
  last_id: string;
  rows: number;
  object_ref: string;
  sha256: string;
  bytes: number;
}

/**
 * The next rows of a table after an id, in id order: 5,000 or 4 MiB of text, at least one; nothing when there are none. Read in short
 * statements, and rests as long as each took, so that it takes half of one connection at most.
 */
export async function readChunk(db: Database, table: string, afterId: string, condition?: string): Promise<Chunk | undefined> {
  const ids: string[] = [];
  const lines: string[] = [];
  let bytes = 0;
  for (;;) {
    const begun = performance.now();
    const { rows } = await db.query<{ id: string; line: string }>(linesOf(table, condition), [ids.at(-1) ?? afterId, ROWS_A_READ]);
    for (const { id, line } of rows) {
      bytes += Buffer.byteLength(line) + 1;
      if (ids.length > 0 && (bytes > MAX_TEXT_BYTES || ids.length === MAX_ROWS)) return { ids, text: `${lines.join('\n')}\n` };
      ids.push(id);
      lines.push(line);
    }
    if (rows.length < ROWS_A_READ) return ids.length > 0 ? { ids, text: `${lines.join('\n')}\n` } : undefined;
    await delay(performance.now() - begun);
  }
}

/** Stores a chunk's object, durably. The same rows give the same object, so that a repetition adds nothing. */
export async function storeChunk(objects: ObjectStore, { ids, text }: Chunk): Promise<StoredChunk> {
  const bytes = await deflate(text);
  const object_ref = await objects.put(bytes);
  const [first_id = '', last_id = ''] = [ids[0], ids.at(-1)];
  return { first_id, last_id, rows: ids.length, object_ref, sha256: sha256Hex(text), bytes: bytes.length };
}

/**
 * Notes a stored chunk as the given one of its partition. $1 partition, $2 number. Fails on a number that is taken: two writers of one
 * partition cannot both go on.
 */
export const NOTE_CHUNK = `
insert into tasks.archive (partition, chunk, first_id, last_id, rows, object_ref, sha256, bytes)
values ($1, $2, $3, $4, $5, $6, $7, $8)`;

export function noteValues(partition: string, chunk: number, c: StoredChunk): unknown[] {
  return [partition, chunk, c.first_id, c.last_id, c.rows, c.object_ref, c.sha256, c.bytes];
}
