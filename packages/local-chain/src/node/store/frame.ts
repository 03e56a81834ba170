import { crc32 } from 'node:zlib';

/** Bytes before a frame's payload: length, checksum of the payload, checksum of these two. All little-endian u32. */
export const FRAME_HEADER_BYTES = 12;

/** Wraps a payload so that a reader can tell a whole one from a torn or a damaged one. */
export function encodeFrame(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(crc32(payload), 4);
  frame.writeUInt32LE(crc32(frame.subarray(0, 8)), 8);
  payload.copy(frame, FRAME_HEADER_BYTES);
  return frame;
}

/**
 * What stands at an offset of a file: a whole frame; `end`; `torn`, a frame that was being written when its process died; or `bad`.
 * Only what a cut write can leave counts as torn: a frame that the file's end cuts short, or bytes that were reserved but never
 * written. Anything else may have been acknowledged once, so it must not be dropped.
 */
export type FrameAt =
  | { readonly kind: 'frame'; readonly payload: Buffer; readonly next: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'torn' }
  | { readonly kind: 'bad'; readonly what: string };

/** Reads the frame that begins at `offset` of a file's whole content. */
export function readFrame(file: Buffer, offset: number): FrameAt {
  const left = file.length - offset;
  if (left === 0) return { kind: 'end' };
  if (left < FRAME_HEADER_BYTES) return { kind: 'torn' };
  if (file.readUInt32LE(offset + 8) !== crc32(file.subarray(offset, offset + 8))) {
    return isZero(file, offset) ? { kind: 'torn' } : { kind: 'bad', what: 'the head of a record does not match its checksum' };
  }
  const start = offset + FRAME_HEADER_BYTES;
  const next = start + file.readUInt32LE(offset);
  if (next > file.length) return { kind: 'torn' };
  const payload = file.subarray(start, next);
  if (crc32(payload) === file.readUInt32LE(offset + 4)) return { kind: 'frame', payload, next };
  return { kind: 'bad', what: 'a record does not match its checksum' };
}

function isZero(file: Buffer, offset: number): boolean {
  for (let at = offset; at < file.length; at += 1) if (file[at] !== 0) return false;
  return true;
}
