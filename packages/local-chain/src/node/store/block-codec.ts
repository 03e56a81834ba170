import { crc32 } from 'node:zlib';
import type { BlockCommit } from '../../store.types.ts';

/** Where a history value stands within an encoded block. */
export interface HistoryPlace {
  readonly key: string;
  /** Offset of the entry (see `readHistoryEntry`) in the payload. */
  readonly offset: number;
}

/** An encoded block, ready for the log. */
export interface EncodedBlock {
  readonly payload: Buffer;
  readonly places: readonly HistoryPlace[];
}

const HEAD_BYTES = 16;
const REMOVED = 0xffff_ffff;
/** Bytes of a history entry before its value: value length, checksum of the value. */
export const ENTRY_HEAD_BYTES = 8;

/**
 * Layout, little-endian: height u64, counts of state and history writes u32 each; a state write is key length u32, value length u32
 * (all ones: removed), key, value; a history write is key length u32, key, value length u32, checksum of the value u32, value.
 */
export function encodeBlock({ height, state, history }: BlockCommit): EncodedBlock {
  let size = HEAD_BYTES;
  for (const { key, value } of state) size += 8 + key.length + (value?.length ?? 0);
  for (const { key, value } of history) size += 4 + key.length + ENTRY_HEAD_BYTES + value.length;
  const payload = Buffer.allocUnsafe(size);
  payload.writeBigUInt64LE(BigInt(height), 0);
  payload.writeUInt32LE(state.length, 8);
  payload.writeUInt32LE(history.length, 12);
  let at = HEAD_BYTES;
  for (const { key, value } of state) {
    payload.writeUInt32LE(key.length, at);
    payload.writeUInt32LE(value === null ? REMOVED : value.length, at + 4);
    at += 8 + payload.write(key, at + 8, 'latin1');
    if (value) {
      payload.set(value, at);
      at += value.length;
    }
  }
  const places: HistoryPlace[] = [];
  for (const { key, value } of history) {
    payload.writeUInt32LE(key.length, at);
    at += 4 + payload.write(key, at + 4, 'latin1');
    places.push({ key, offset: at });
    payload.writeUInt32LE(value.length, at);
    payload.writeUInt32LE(crc32(value), at + 4);
    payload.set(value, at + ENTRY_HEAD_BYTES);
    at += ENTRY_HEAD_BYTES + value.length;
  }
  return { payload, places };
}

/** What `decodeBlock` finds, in order. */
export interface BlockVisitor {
  state(key: string, value: Buffer | null): void;
  history(place: HistoryPlace): void;
}

/** Reads an encoded block back and returns its height. Values are copies, so that the file's buffer can go. */
export function decodeBlock(payload: Buffer, visitor: BlockVisitor): number {
  const states = payload.readUInt32LE(8);
  const histories = payload.readUInt32LE(12);
  let at = HEAD_BYTES;
  for (let index = 0; index < states; index += 1) {
    const keyEnd = at + 8 + payload.readUInt32LE(at);
    const length = payload.readUInt32LE(at + 4);
    const key = payload.toString('latin1', at + 8, keyEnd);
    at = length === REMOVED ? keyEnd : keyEnd + length;
    visitor.state(key, length === REMOVED ? null : Buffer.from(payload.subarray(keyEnd, at)));
  }
  for (let index = 0; index < histories; index += 1) {
    const keyEnd = at + 4 + payload.readUInt32LE(at);
    visitor.history({ key: payload.toString('latin1', at + 4, keyEnd), offset: keyEnd });
    at = keyEnd + ENTRY_HEAD_BYTES + payload.readUInt32LE(keyEnd);
  }
  return Number(payload.readBigUInt64LE(0));
}
