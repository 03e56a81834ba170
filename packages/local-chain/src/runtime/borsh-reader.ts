import { TxDecodeError } from '../errors.types.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads borsh. Every method throws TxDecodeError where the bytes end too soon or make no sense. */
export class BorshReader {
  readonly bytes: Uint8Array;
  position = 0;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    // A Buffer's slices would share its memory.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  private advance(count: number): number {
    const start = this.position;
    if (count > this.bytes.length - start) throw new TxDecodeError(`unexpected end at byte ${this.bytes.length}`);
    this.position = start + count;
    return start;
  }

  u8(): number {
    return this.bytes[this.advance(1)] as number;
  }

  u32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.advance(8), true);
  }

  /** A u64 that must be exact as a number: nonces, gas, heights. Larger ones become 2^53 − 1, which every limit refuses. */
  count(): number {
    const value = this.u64();
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  }

  u128(): bigint {
    return this.u64() | (this.u64() << 64n);
  }

  /** A view. */
  fixed(count: number): Uint8Array {
    const start = this.advance(count);
    return this.bytes.subarray(start, start + count);
  }

  /** A copy. */
  blob(): Uint8Array {
    return this.fixed(this.u32()).slice();
  }

  text(): string {
    try {
      return UTF8.decode(this.fixed(this.u32()));
    } catch (error) {
      if (error instanceof TxDecodeError) throw error;
      throw new TxDecodeError('a string is not UTF-8');
    }
  }

  list<T>(read: () => T): T[] {
    const count = this.u32();
    if (count > this.bytes.length) throw new TxDecodeError(`a list of ${count} entries does not fit`);
    return Array.from({ length: count }, read);
  }

  optional<T>(read: () => T): T | null {
    const flag = this.u8();
    if (flag > 1) throw new TxDecodeError(`an option's flag is ${flag}`);
    return flag === 1 ? read() : null;
  }

  /** @throws TxDecodeError if bytes are left */
  finish(): void {
    if (this.position !== this.bytes.length) throw new TxDecodeError(`${this.bytes.length - this.position} bytes too many`);
  }
}
