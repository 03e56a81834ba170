/** Reads WebAssembly's binary encoding. Every method throws RangeError past the end or on an overlong number. */
export interface ByteReader {
  readonly offset: number;
  readonly done: boolean;
  byte(): number;
  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number;
  bytes(length: number): Uint8Array;
}

export function createByteReader(data: Uint8Array): ByteReader {
  let offset = 0;
  function byte(): number {
    const value = data[offset];
    if (value === undefined) throw new RangeError('unexpected end');
    offset++;
    return value;
  }
  return {
    get offset() {
      return offset;
    },
    get done() {
      return offset >= data.length;
    },
    byte,
    u32() {
      let value = 0;
      for (let shift = 0; shift < 35; shift += 7) {
        const next = byte();
        value += (next & 0x7f) * 2 ** shift;
        if (next < 0x80) {
          if (value > 0xffff_ffff) break;
          return value;
        }
      }
      throw new RangeError('number out of range');
    },
    bytes(length) {
      if (offset + length > data.length) throw new RangeError('unexpected end');
      offset += length;
      return data.subarray(offset - length, offset);
    },
  };
}

/** Unsigned LEB128. */
export function encodeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}
