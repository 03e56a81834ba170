import { CompilationError } from './compilation-error.ts';

/** Reads the primitives of the WebAssembly binary format. Throws CompilationError at the end of the bytes. */
export class ByteReader {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    if (this.position >= this.end) throw new CompilationError(`unexpected end of the module at byte ${this.position}`);
    return this.bytes[this.position++] as number;
  }

  /** LEB128, unsigned, up to 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (result > 0xffffffff) break;
        return result;
      }
    }
    throw new CompilationError(`integer too large at byte ${this.position}`);
  }

  /** LEB128, signed, 32 bits. */
  i32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 28 && (byte & 0x40) !== 0 ? result | (-1 << (shift + 7)) : result;
    }
    throw new CompilationError(`integer too long at byte ${this.position}`);
  }

  /** Passes over one LEB128 number of any width up to 64 bits. */
  skipLeb(): void {
    for (let count = 0; count < 10; count++) if (this.byte() < 0x80) return;
    throw new CompilationError(`integer too long at byte ${this.position}`);
  }

  skip(count: number): void {
    if (count > this.end - this.position) throw new CompilationError(`unexpected end of the module at byte ${this.end}`);
    this.position += count;
  }

  /** A view, not a copy. */
  take(count: number): Uint8Array {
    const start = this.position;
    this.skip(count);
    return this.bytes.subarray(start, this.position);
  }

  name(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.take(this.u32()));
  }

  /** A reader for the next `count` bytes; this one goes on behind them. */
  slice(count: number): ByteReader {
    const start = this.position;
    this.skip(count);
    return new ByteReader(this.bytes, start, this.position);
  }
}
