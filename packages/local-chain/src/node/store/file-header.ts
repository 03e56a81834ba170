import { StoreError } from './store-error.ts';

/** Rises with each change of layout that an older program could not read. */
const FORMAT_VERSION = 1;
const MAGIC = 'DEAICHAIN';

/** Bytes at the start of each file: magic, kind, version u16, number u32. */
export const FILE_HEADER_BYTES = 16;

/** `L` a segment of the log, `S` a snapshot. */
export type FileKind = 'L' | 'S';

/** The first bytes of a file. */
export function encodeFileHeader(kind: FileKind, number: number): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.write(MAGIC + kind, 'latin1');
  header.writeUInt16LE(FORMAT_VERSION, 10);
  header.writeUInt32LE(number, 12);
  return header;
}

/** @throws StoreError `UNKNOWN_FORMAT` if the file is none of ours, or of another version. */
export function checkFileHeader(path: string, file: Buffer, kind: FileKind, number: number): void {
  if (file.toString('latin1', 0, 10) !== MAGIC + kind || file.readUInt32LE(12) !== number) {
    throw new StoreError('UNKNOWN_FORMAT', `${path} is no file of a DeAI local chain, or its first bytes are damaged.`);
  }
  const version = file.readUInt16LE(10);
  if (version === FORMAT_VERSION) return;
  throw new StoreError(
    'UNKNOWN_FORMAT',
    `${path} has format ${version}, this program reads ${FORMAT_VERSION}. Use the program that wrote it, or another data folder.`,
  );
}
