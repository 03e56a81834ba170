import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBlock } from './block-codec.ts';
import { checkFileHeader, FILE_HEADER_BYTES } from './file-header.ts';
import { readFrame } from './frame.ts';
import { packPlace } from './history-files.ts';
import { readSnapshot } from './snapshot.ts';
import { corrupt } from './store-error.ts';

/** All that a data folder holds. */
export interface StoreContent {
  readonly state: Map<string, Uint8Array>;
  /** Places of history records, see `packPlace`. */
  readonly history: Map<string, number>;
  /** Where the next record goes; `bytes` 0: the segment is to be made. */
  readonly end: { readonly segment: number; readonly bytes: number };
  /** Bytes of log since the newest snapshot. */
  readonly logBytes: number;
  /** The newest snapshot; number 0 if there is none. */
  readonly snapshot: { readonly number: number; readonly bytes: number };
}

const FILE = /^(log|snapshot)-(\d{6})\.deai$/;

/** Path of a segment or snapshot. A snapshot has the number of the first segment that is not in it. */
export function filePath(folder: string, kind: 'log' | 'snapshot', number: number): string {
  return join(folder, `${kind}-${String(number).padStart(6, '0')}.deai`);
}

/** Reads the newest snapshot and the log after it. Files that a crash left unfinished are removed. @throws StoreError */
export async function replay(folder: string): Promise<StoreContent> {
  const numbers = { log: [] as number[], snapshot: [] as number[] };
  for (const name of await readdir(folder)) {
    const [, kind, number] = FILE.exec(name) ?? [];
    if (kind) numbers[kind as 'log' | 'snapshot'].push(Number(number));
    else if (name.endsWith('.deai.tmp')) await rm(join(folder, name), { force: true });
  }
  const state = new Map<string, Uint8Array>();
  const history = new Map<string, number>();
  const base = Math.max(0, ...numbers.snapshot);
  const snapshot = { number: base, bytes: 0 };
  if (base > 0) snapshot.bytes = await readSnapshot(filePath(folder, 'snapshot', base), base, { state, history });
  for (const old of numbers.snapshot) if (old !== base) await rm(filePath(folder, 'snapshot', old), { force: true });

  const first = Math.max(1, base);
  const last = Math.max(first, ...numbers.log);
  let bytes = 0;
  let logBytes = 0;
  for (let segment = first; segment <= last && numbers.log.length > 0; segment += 1) {
    const path = filePath(folder, 'log', segment);
    if (!numbers.log.includes(segment)) throw corrupt(path, 0, 'the file is missing');
    bytes = await replaySegment(path, segment, segment === last, { state, history });
    logBytes += bytes;
  }
  return { state, history, end: { segment: last, bytes }, logBytes, snapshot };
}

/** @returns bytes of the segment that are whole records; 0: not even its header is */
async function replaySegment(
  path: string,
  segment: number,
  mayBeTorn: boolean,
  into: { readonly state: Map<string, Uint8Array>; readonly history: Map<string, number> },
): Promise<number> {
  const file = await readFile(path);
  if (mayBeTorn && file.length < FILE_HEADER_BYTES) return 0;
  checkFileHeader(path, file, 'L', segment);
  let at = FILE_HEADER_BYTES;
  for (;;) {
    const frame = readFrame(file, at);
    if (frame.kind === 'bad') throw corrupt(path, at, frame.what);
    if (frame.kind === 'end') return at;
    if (frame.kind === 'torn') {
      if (mayBeTorn) return at;
      throw corrupt(path, at, 'the file is cut short');
    }
    const payloadAt = frame.next - frame.payload.length;
    decodeBlock(frame.payload, {
      state: (key, value) => (value === null ? into.state.delete(key) : into.state.set(key, value)),
      history: ({ key, offset }) => into.history.set(key, packPlace(segment, payloadAt + offset)),
    });
    at = frame.next;
  }
}
