import type { ValueSize } from './module-info.ts';

interface Frame {
  readonly base: number;
  readonly baseBytes: number;
  readonly result: ValueSize | 0;
  /** Nothing after this point of the frame is reached. */
  dead: boolean;
}

/** Follows the sizes of operands through a function's body, to find the greatest height, and which code is reached. */
export class OperandStack {
  private readonly sizes: ValueSize[] = [];
  private readonly frames: Frame[] = [];
  private bytes = 0;
  /** Most bytes at once. */
  maxBytes = 0;

  constructor(result: ValueSize | 0) {
    this.frames.push({ base: 0, baseBytes: 0, result, dead: false });
  }

  /** Open blocks, the function's own included. */
  get depth(): number {
    return this.frames.length;
  }

  get dead(): boolean {
    return this.top().dead;
  }

  private top(): Frame {
    return this.frames.at(-1) as Frame;
  }

  push(size: ValueSize | 0): void {
    if (size === 0) return;
    this.sizes.push(size);
    this.bytes += size;
    if (this.bytes > this.maxBytes) this.maxBytes = this.bytes;
  }

  /** In dead code operands may be missing; validation by the engine sees to the rest. */
  pop(count = 1): ValueSize {
    let size: ValueSize = 8;
    for (let index = 0; index < count && this.sizes.length > this.top().base; index++) {
      size = this.sizes.pop() as ValueSize;
      this.bytes -= size;
    }
    return size;
  }

  open(result: ValueSize | 0): void {
    this.frames.push({ base: this.sizes.length, baseBytes: this.bytes, result, dead: this.dead });
  }

  /** `else`: back to the start of the frame, with its result type. */
  alternate(): void {
    const { result } = this.close();
    this.open(result);
  }

  /** `end`, without the result; returns the frame. */
  private close(): Frame {
    const frame = this.frames.pop() as Frame;
    this.sizes.length = frame.base;
    this.bytes = frame.baseBytes;
    return frame;
  }

  /** `end`. Returns whether that was the function's own. */
  end(): boolean {
    const frame = this.close();
    if (this.frames.length === 0) return true;
    this.push(frame.result);
    return false;
  }

  /** After an unconditional branch. */
  markDead(): void {
    this.top().dead = true;
  }
}
