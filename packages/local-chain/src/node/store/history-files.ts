import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ENTRY_HEAD_BYTES } from './block-codec.ts';
import { corrupt } from './store-error.ts';

const SEGMENT_FACTOR = 2 ** 32;
/** Most records fit into one read of this size. */
const FIRST_READ_BYTES = 8_192;

/** Packs a segment's number (below 2^21) and an offset in it (below 2^32) into one number, which keeps the index small. */
export function packPlace(segment: number, offset: number): number {
  return segment * SEGMENT_FACTOR + offset;
}

/** Reads history values out of the log's segments; files are opened when first needed and stay open. */
export interface HistoryFiles {
  /** @throws StoreError `CORRUPT` if the value does not match its checksum */
  read(place: number): Buffer;
  close(): void;
}

/** @param pathOf - path of a segment */
export function openHistoryFiles(pathOf: (segment: number) => string): HistoryFiles {
  const files = new Map<number, number>();
  const fileOf = (segment: number): number => {
    const open = files.get(segment) ?? openSync(pathOf(segment), 'r');
    files.set(segment, open);
    return open;
  };
  return {
    read(place) {
      const segment = Math.floor(place / SEGMENT_FACTOR);
      const offset = place % SEGMENT_FACTOR;
      const file = fileOf(segment);
      let buffer = Buffer.allocUnsafe(FIRST_READ_BYTES);
      let got = readSync(file, buffer, 0, buffer.length, offset);
      const end = ENTRY_HEAD_BYTES + (got < ENTRY_HEAD_BYTES ? 0 : buffer.readUInt32LE(0));
      if (end > got && got === FIRST_READ_BYTES) {
        const head = buffer;
        buffer = Buffer.allocUnsafe(end);
        head.copy(buffer);
        got += readSync(file, buffer, got, end - got, offset + got);
      }
      const value = buffer.subarray(ENTRY_HEAD_BYTES, end);
      if (got < end || crc32(value) !== buffer.readUInt32LE(4)) {
        throw corrupt(pathOf(segment), offset, 'a record of history does not match its checksum');
      }
      return value;
    },
    close() {
      for (const file of files.values()) closeSync(file);
      files.clear();
    },
  };
}
