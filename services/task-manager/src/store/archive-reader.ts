import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Database } from '@deai/db';
import type { ObjectStore } from '@deai/objects';
import { sha256Hex } from '@deai/protocol';
import { type ArchivedTask, archivedTaskOf } from './archived-task.ts';

const inflate = promisify(gunzip);
/** Chunks are of some 4 MiB of text, or of one task; what inflates to more is none of ours. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const CACHED_CHUNKS = 4;

/** Rows of the default partition may lie anywhere between those of others, so their few chunks are all looked at. */
const FIND = `
(select object_ref, sha256, last_id >= $1 as holds from tasks.archive
 where partition <> 'task_rest' and first_id <= $1 order by first_id desc limit 1)
union all
select object_ref, sha256, true from tasks.archive where partition = 'task_rest' and first_id <= $1 and last_id >= $1`;

interface ChunkRow {
  object_ref: string;
  sha256: string;
  holds: boolean;
}

/** Looks archived tasks up. */
export interface ArchiveReader {
  /** @throws when a chunk is missing in the object store, or is not what was written. */
  find(taskId: string): Promise<ArchivedTask | undefined>;
}

/** Keeps the chunks that were asked for last, as text. */
export function createArchiveReader(db: Database, objects: ObjectStore): ArchiveReader {
  const chunks = new Map<string, Promise<Map<string, string> | undefined>>();

  function linesOf(chunk: ChunkRow): Promise<Map<string, string> | undefined> {
    const loading = chunks.get(chunk.object_ref) ?? load(objects, chunk);
    chunks.delete(chunk.object_ref);
    chunks.set(chunk.object_ref, loading);
    loading.then(
      (lines) => lines ?? chunks.delete(chunk.object_ref),
      () => chunks.delete(chunk.object_ref),
    );
    for (const oldest of chunks.keys()) if (chunks.size > CACHED_CHUNKS) chunks.delete(oldest);
    return loading;
  }
  async function lookUp(taskId: string): Promise<ChunkRow[]> {
    return (await db.query<ChunkRow>(FIND, [taskId])).rows.filter((chunk) => chunk.holds);
  }
  return {
    async find(taskId) {
      for (const chunk of await lookUp(taskId)) {
        const lines = await linesOf(chunk);
        const line = lines?.get(taskId);
        if (line !== undefined) return archivedTaskOf(line);
        if (lines) continue;
        // Retention may have removed it in the meantime; then it is not in the index either.
        const still = (await lookUp(taskId)).some((each) => each.object_ref === chunk.object_ref);
        if (still) throw new Error(`the object store has no chunk ${chunk.object_ref} of the archive`);
      }
      return undefined;
    },
  };
}

async function load(objects: ObjectStore, { object_ref, sha256 }: ChunkRow): Promise<Map<string, string> | undefined> {
  const bytes = await objects.get(object_ref);
  if (!bytes) return undefined;
  const text = (await inflate(bytes, { maxOutputLength: MAX_TEXT_BYTES })).toString();
  if (sha256Hex(text) !== sha256) throw new Error(`chunk ${object_ref} of the archive is not what was written`);
  return new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => [idOfLine(line), line]),
  );
}

/** Every line begins with the id, the first column of the table. */
function idOfLine(line: string): string {
  return line.slice('{"id":"'.length, '{"id":"'.length + 36);
}
