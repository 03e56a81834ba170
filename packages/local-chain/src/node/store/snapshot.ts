import { open, readFile, rename, rm } from 'node:fs/promises';
import { decodeBlock, encodeBlock } from './block-codec.ts';
import { checkFileHeader, encodeFileHeader, FILE_HEADER_BYTES } from './file-header.ts';
import { encodeFrame, readFrame } from './frame.ts';
import { corrupt } from './store-error.ts';
import { syncFolder } from './sync-folder.ts';

/** All of the state and the index of the history, as of the end of a segment of the log. */
export interface SnapshotContent {
  readonly state: readonly (readonly [key: string, value: Uint8Array])[];
  /** Key and place of each history record, see `history-index.ts`. */
  readonly history: readonly (readonly [key: string, place: number])[];
}

const KIND = { state: 0, history: 1, end: 2 } as const;
const CHUNK_BYTES = 1 << 20;
const CHUNK_RECORDS = 10_000;

/**
 * Writes a snapshot beside its final name and renames it once it is durable, so that no reader ever sees half of one.
 * @returns bytes written
 */
export async function writeSnapshot(path: string, number: number, content: SnapshotContent): Promise<number> {
  const draft = `${path}.tmp`;
  const file = await open(draft, 'w', 0o600);
  let bytes = 0;
  const write = async (data: Buffer): Promise<void> => {
    await file.writeFile(data);
    bytes += data.length;
  };
  try {
    await write(encodeFileHeader('S', number));
    for (const chunk of stateChunks(content.state)) await write(frameOf(KIND.state, encodeState(chunk)));
    for (let at = 0; at < content.history.length; at += CHUNK_RECORDS) {
      await write(frameOf(KIND.history, encodeIndex(content.history.slice(at, at + CHUNK_RECORDS))));
    }
    await write(frameOf(KIND.end, Buffer.alloc(0)));
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
  await file.close();
  await rename(draft, path);
  await syncFolder(path);
  return bytes;
}

/** Reads a snapshot into maps. @returns its size in bytes. @throws StoreError `CORRUPT`, `UNKNOWN_FORMAT` */
export async function readSnapshot(
  path: string,
  number: number,
  into: { readonly state: Map<string, Uint8Array>; readonly history: Map<string, number> },
): Promise<number> {
  const file = await readFile(path);
  checkFileHeader(path, file, 'S', number);
  let at = FILE_HEADER_BYTES;
  for (;;) {
    const frame = readFrame(file, at);
    if (frame.kind !== 'frame') throw corrupt(path, at, frame.kind === 'bad' ? frame.what : 'the file is cut short');
    const body = frame.payload.subarray(1);
    if (frame.payload[0] === KIND.end) return file.length;
    if (frame.payload[0] === KIND.history) decodeIndex(body, into.history);
    else decodeBlock(body, { state: (key, value) => value && into.state.set(key, value), history: () => {} });
    at = frame.next;
  }
}

function frameOf(kind: number, body: Buffer): Buffer {
  return encodeFrame(Buffer.concat([Buffer.of(kind), body]));
}

function* stateChunks(state: SnapshotContent['state']): Generator<SnapshotContent['state']> {
  let from = 0;
  let bytes = 0;
  for (const [index, [key, value]] of state.entries()) {
    bytes += key.length + value.length;
    if (bytes < CHUNK_BYTES) continue;
    yield state.slice(from, index + 1);
    from = index + 1;
    bytes = 0;
  }
  if (from < state.length) yield state.slice(from);
}

function encodeState(chunk: SnapshotContent['state']): Buffer {
  return encodeBlock({ height: 0, state: chunk.map(([key, value]) => ({ key, value })), history: [] }).payload;
}

/** Key length u16, key, place f64; little-endian. */
function encodeIndex(records: SnapshotContent['history']): Buffer {
  const buffer = Buffer.allocUnsafe(records.reduce((bytes, [key]) => bytes + 10 + key.length, 0));
  let at = 0;
  for (const [key, place] of records) {
    at = buffer.writeUInt16LE(key.length, at);
    at += buffer.write(key, at, 'latin1');
    at = buffer.writeDoubleLE(place, at);
  }
  return buffer;
}

function decodeIndex(body: Buffer, into: Map<string, number>): void {
  for (let at = 0; at < body.length; ) {
    const keyEnd = at + 2 + body.readUInt16LE(at);
    into.set(body.toString('latin1', at + 2, keyEnd), body.readDoubleLE(keyEnd));
    at = keyEnd + 8;
  }
}
