import { LIMITS } from './parameters.ts';
import { DIRTY_PAGES, INTERNAL_MODULE } from './wasm/instrument.ts';
import { DIRTY_BLOCK_BITS } from './wasm/instrument-function.ts';

const BLOCK_BYTES = 1 << DIRTY_BLOCK_BITS;
/** Longest single store: a block marked at its last byte may have spilled this far into the next one. */
const SPILL_BYTES = 8;
const PAGE_BYTES = 65_536;

/** What an instance exports besides its functions. */
interface InstanceExports {
  readonly ops: WebAssembly.Global;
  readonly stack: WebAssembly.Global;
  readonly pages: WebAssembly.Global;
}

/**
 * An instance of a contract that can run call after call: `reset` puts memory and globals back to what they were at the start, which is
 * cheap since stores mark what they change.
 */
export class ContractInstance {
  readonly ops: WebAssembly.Global;
  private readonly stack: WebAssembly.Global;
  private readonly pages: WebAssembly.Global;
  private readonly exports: Record<string, unknown>;
  private readonly bytes: Uint8Array;
  /** A buffer, whose search is ten times faster than a plain array's. */
  private readonly dirty: Buffer;
  /** Memory as the data segments leave it; zeroes behind. */
  private readonly image: Uint8Array;
  private readonly globals: { readonly global: { value: number | bigint }; readonly initial: number | bigint }[] = [];

  /** @throws WebAssembly.LinkError, WebAssembly.RuntimeError if the module cannot start */
  constructor(module: WebAssembly.Module, env: Record<string, unknown>, dataEnd: number) {
    const memory = new WebAssembly.Memory({ initial: LIMITS.max_memory_pages, maximum: LIMITS.max_memory_pages });
    const dirty = new WebAssembly.Memory({ initial: DIRTY_PAGES, maximum: DIRTY_PAGES });
    const { exports } = new WebAssembly.Instance(module, { env, [INTERNAL_MODULE]: { memory, dirty } });
    const { ops, stack, pages } = exports as unknown as InstanceExports;
    this.exports = exports;
    this.ops = ops;
    this.stack = stack;
    this.pages = pages;
    this.bytes = new Uint8Array(memory.buffer);
    // Marks behind this belong to addresses that the memory does not have.
    this.dirty = Buffer.from(dirty.buffer, 0, this.bytes.length / BLOCK_BYTES);
    this.image = this.bytes.slice(0, dataEnd);
    for (const [name, value] of Object.entries(exports)) {
      if (!name.startsWith('g:')) continue;
      const global = value as { value: number | bigint };
      this.globals.push({ global, initial: global.value });
    }
    this.prepare();
  }

  /** Whether the contract has used up its stack. */
  get stackExhausted(): boolean {
    return this.stack.value < 0;
  }

  /** Runs the start function, if any, and the method. */
  run(method: string): void {
    (this.exports.start as (() => void) | undefined)?.();
    (this.exports[`f:${method}`] as () => void)();
  }

  /** A view of memory; undefined if it lies outside. */
  view(start: number, length: number): Uint8Array | undefined {
    if (start + length > this.pages.value * PAGE_BYTES) return undefined;
    return this.bytes.subarray(start, start + length);
  }

  /** As `view`, to be written to. */
  writable(start: number, length: number): Uint8Array | undefined {
    const view = this.view(start, length);
    if (view && length > 0) this.dirty.fill(1, start >>> DIRTY_BLOCK_BITS, ((start + length - 1) >>> DIRTY_BLOCK_BITS) + 1);
    return view;
  }

  reset(): void {
    for (let block = this.dirty.indexOf(1); block >= 0; block = this.dirty.indexOf(1, block + 1)) {
      this.dirty[block] = 0;
      this.restore(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES + SPILL_BYTES);
    }
    for (const { global, initial } of this.globals) global.value = initial;
    this.prepare();
  }

  private restore(start: number, end: number): void {
    const copied = Math.min(end, this.image.length);
    if (copied > start) this.bytes.set(this.image.subarray(start, copied), start);
    this.bytes.fill(0, Math.max(start, this.image.length), end);
  }

  private prepare(): void {
    this.stack.value = LIMITS.max_stack_height;
    this.pages.value = LIMITS.initial_memory_pages;
    this.ops.value = 0;
  }
}
