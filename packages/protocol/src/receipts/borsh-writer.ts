const utf8 = new TextEncoder();

/** Writes values in borsh, NEAR's binary form: little-endian numbers, strings and lists with a u32 length before them. */
export class BorshWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #used = 0;

  constructor(capacity = 1_024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint | number): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt(value), true);
    return this;
  }

  /** @throws RangeError for what is not an unsigned 128-bit number. */
  u128(value: bigint): this {
    if (value < 0n || value >> 128n !== 0n) throw new RangeError(`${value} is not an unsigned 128-bit number`);
    return this.u64(value & 0xffff_ffff_ffff_ffffn).u64(value >> 64n);
  }

  /** Bytes of a length that both sides know. */
  fixed(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  text(value: string): this {
    const bytes = utf8.encode(value);
    return this.u32(bytes.length).fixed(bytes);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#used);
  }

  /** Makes room and returns where it begins. The view may be another one afterwards. */
  #grow(size: number): number {
    const at = this.#used;
    this.#used += size;
    if (this.#used > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#used, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
