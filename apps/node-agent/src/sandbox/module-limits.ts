import { inputRejected } from '../executors/executor.types.ts';
import { type ByteReader, createByteReader, encodeU32 } from './byte-reader.ts';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;
const PAGE_BYTES = 65_536;
/** Reference types of tables: funcref and externref. */
const REF_TYPES = [0x70, 0x6f];
/** Eight bytes an entry in the engine. */
const MAX_TABLE_ENTRIES = 1_000_000;

/**
 * Rewrites a module so that it cannot grow above `memoryMiB`: the maximum of its memory (and of its tables) is lowered to the cap.
 * The engine then refuses `memory.grow` past it, which programs see as failure −1.
 * @throws TaskFailed `TASK_INPUT_REJECTED` when the bytes are no module, or need more than the cap from the start,
 * or use shared, 64-bit or several memories.
 */
export function limitModule(module: Uint8Array, memoryMiB: number): Uint8Array {
  if (!HEADER.every((byte, i) => module[i] === byte)) throw inputRejected('The module is not a WebAssembly 1 binary.');
  const maxPages = Math.floor((memoryMiB * 1024 * 1024) / PAGE_BYTES);
  try {
    const parts: Uint8Array[] = [module.subarray(0, HEADER.length)];
    const reader = createByteReader(module.subarray(HEADER.length));
    while (!reader.done) parts.push(...section(reader, maxPages));
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof RangeError) throw inputRejected(`The module is malformed: ${error.message}.`);
    throw error;
  }
}

function section(reader: ByteReader, maxPages: number): Uint8Array[] {
  const id = reader.byte();
  const content = reader.bytes(reader.u32());
  if (id === MEMORY_SECTION) return wrap(id, limitMemories(createByteReader(content), maxPages));
  if (id === TABLE_SECTION) return wrap(id, limitTables(createByteReader(content)));
  return wrap(id, content);
}

function wrap(id: number, content: Uint8Array): Uint8Array[] {
  return [Uint8Array.from([id, ...encodeU32(content.length)]), content];
}

function limitMemories(reader: ByteReader, maxPages: number): Uint8Array {
  const count = reader.u32();
  if (count > 1) throw inputRejected('The module has several memories: one is supported.');
  const bytes = encodeU32(count);
  for (let i = 0; i < count; i++) bytes.push(...limits(reader, maxPages, 'memory pages of 64 KiB'));
  return Uint8Array.from(bytes);
}

function limitTables(reader: ByteReader): Uint8Array {
  const count = reader.u32();
  if (count > 16) throw inputRejected('The module has more than 16 tables.');
  const bytes = encodeU32(count);
  for (let i = 0; i < count; i++) {
    const type = reader.byte();
    if (!REF_TYPES.includes(type)) throw inputRejected('The module has a table of a kind that is not supported.');
    bytes.push(type, ...limits(reader, MAX_TABLE_ENTRIES, 'table entries'));
  }
  return Uint8Array.from(bytes);
}

/** Reads limits and writes them with a maximum of at most `cap`. */
function limits(reader: ByteReader, cap: number, what: string): number[] {
  const flags = reader.byte();
  if (flags > 1) throw inputRejected('The module uses shared or 64-bit memory, which is not supported.');
  const minimum = reader.u32();
  const maximum = flags === 1 ? reader.u32() : cap;
  if (minimum > cap) throw inputRejected(`The module declares ${minimum} ${what}: ${cap} are allowed.`);
  return [1, ...encodeU32(minimum), ...encodeU32(Math.min(maximum, cap))];
}
