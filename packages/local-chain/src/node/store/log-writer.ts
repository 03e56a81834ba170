import { type FileHandle, open } from 'node:fs/promises';
import { encodeFileHeader, FILE_HEADER_BYTES } from './file-header.ts';
import { encodeFrame, FRAME_HEADER_BYTES } from './frame.ts';
import { syncFolder } from './sync-folder.ts';

/** Appends records to the newest segment of the log. One call at a time. */
export interface LogWriter {
  readonly segment: number;
  /** Bytes in the segment so far. */
  readonly bytes: number;
  /** Writes records with one sync for all. @returns offset in the file of each payload */
  append(payloads: readonly Buffer[]): Promise<number[]>;
  /** Ends this segment and begins the next. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

async function createSegment(path: string, segment: number): Promise<FileHandle> {
  const file = await open(path, 'w', 0o600);
  await file.write(encodeFileHeader('L', segment), 0, FILE_HEADER_BYTES, 0);
  await file.sync();
  await syncFolder(path);
  return file;
}

/**
 * @param pathOf - path of a segment
 * @param at - the segment to go on with and its good bytes; none: a new one is made
 */
export async function openLogWriter(pathOf: (segment: number) => string, at: { segment: number; bytes: number }): Promise<LogWriter> {
  let { segment, bytes } = at;
  let file: FileHandle;
  if (bytes === 0) {
    file = await createSegment(pathOf(segment), segment);
    bytes = FILE_HEADER_BYTES;
  } else {
    file = await open(pathOf(segment), 'r+');
    // A torn tail goes before anything is written after it.
    await file.truncate(bytes);
    await file.sync();
  }
  return {
    get segment() {
      return segment;
    },
    get bytes() {
      return bytes;
    },
    async append(payloads) {
      const frames = payloads.map(encodeFrame);
      const offsets: number[] = [];
      let end = bytes;
      for (const frame of frames) {
        offsets.push(end + FRAME_HEADER_BYTES);
        end += frame.length;
      }
      await writeAll(file, frames, bytes);
      await file.datasync();
      bytes = end;
      return offsets;
    },
    async rotate() {
      const next = await createSegment(pathOf(segment + 1), segment + 1);
      await file.close();
      file = next;
      segment += 1;
      bytes = FILE_HEADER_BYTES;
    },
    close: () => file.close(),
  };
}

async function writeAll(file: FileHandle, frames: Buffer[], position: number): Promise<void> {
  const data = frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames);
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
