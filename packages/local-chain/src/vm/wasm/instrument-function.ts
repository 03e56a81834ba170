import { LIMITS } from '../parameters.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { CompilationError } from './compilation-error.ts';
import { type FunctionType, type ModuleInfo, type ValueSize, valueSize } from './module-info.ts';
import { FC_OPS, OP, OPS, type Op } from './opcodes.ts';
import { OperandStack } from './operand-stack.ts';

/** Indices of what the instrumentation adds to the module. */
export interface Injected {
  /** Global `i32`: instructions that may still run. */
  readonly ops: number;
  /** Global `i32`: bytes of stack left. */
  readonly stack: number;
  /** Global `i32`: the contract's memory in pages. */
  readonly pages: number;
  /** Function `(i32) -> i32` that charges for a bulk instruction on tables and returns its argument. */
  readonly linear: number;
  /** Function `(i32) -> i32` in place of `memory.grow`. */
  readonly grow: number;
  /** Function `(i32, i32, i32) -> (i32, i32, i32)` that charges for a bulk instruction on memory, marks what it writes, and returns its arguments. */
  readonly bulk: number;
}

/** Memory is put back after a call by blocks of this many bytes, as a power of two. */
export const DIRTY_BLOCK_BITS = 12;

const EMPTY_BLOCK = 0x40;

/**
 * Rewrites one function body.
 *
 * Instructions are charged per straight-line segment, ahead of it, in `ops`. A segment ends at control flow,
 * calls and whatever may trap. Running out is checked at entry and in each loop's head only: between these points a run is bounded, and
 * what it does is undone when the count turns out negative at the next check, host call, trap or return.
 *
 * Each store also marks the block it writes to in a second memory, so that an instance can be put back after a call: a fresh memory of
 * NEAR's size for every call would cost more than the call, most of it in garbage collection.
 */
export class FunctionInstrumenter {
  private readonly reader: ByteReader;
  private readonly info: ModuleInfo;
  private readonly injected: Injected;
  private readonly locals: ValueSize[] = [];
  private readonly stack: OperandStack;
  private readonly type: FunctionType;
  private readonly code = new ByteWriter();
  private segmentStart = 0;
  private segmentCost = 0;
  private segmentChecked = false;
  /** Locals for the operands of stores, by type byte; made when needed. */
  private readonly scratch = new Map<number, number>();

  constructor(reader: ByteReader, type: FunctionType, info: ModuleInfo, injected: Injected) {
    this.reader = reader;
    this.type = type;
    this.info = info;
    this.injected = injected;
    this.stack = new OperandStack(type.results[0] ?? 0);
    if (reader.end - reader.position > LIMITS.max_function_body_size) throw new CompilationError('FunctionBodyTooLarge');
  }

  /** The new body: locals, prologue, the code in a block of its own, epilogue. */
  run(): ByteWriter {
    const localsStart = this.reader.position;
    this.readLocals();
    const localsEnd = this.reader.position;
    this.segmentStart = localsEnd;
    let done = false;
    while (!done) done = this.instruction();
    if (!this.reader.done) throw new CompilationError('code behind the end of a function');

    const frameBytes = this.locals.reduce<number>((sum, size) => sum + size, 64);
    const reserved = this.stack.maxBytes + frameBytes;
    const body = new ByteWriter(this.code.length + 128);
    this.writeLocals(body, localsStart, localsEnd);
    this.charge(body, Math.ceil(frameBytes / 8));
    this.adjust(body, this.injected.stack, OP.i32Sub, reserved);
    body.byte(OP.globalGet).u32(this.injected.ops).byte(OP.globalGet).u32(this.injected.stack).byte(OP.i32Or);
    trapIfNegative(body);
    body.byte(OP.block).byte(this.type.blockType).raw(this.code.view());
    this.adjust(body, this.injected.stack, OP.i32Add, reserved);
    return body.byte(OP.end);
  }

  private readLocals(): void {
    this.locals.push(...this.type.params);
    for (let groups = this.reader.u32(); groups > 0; groups--) {
      const count = this.reader.u32();
      this.info.locals += count;
      if (this.info.locals > LIMITS.max_locals_per_contract) throw new CompilationError('TooManyLocals');
      const size = valueSize(this.reader.byte());
      for (let index = 0; index < count; index++) this.locals.push(size);
    }
  }

  /** The function's own declarations and the scratch locals behind them. */
  private writeLocals(body: ByteWriter, start: number, end: number): void {
    const declared = new ByteReader(this.reader.bytes, start, end);
    body.u32(declared.u32() + this.scratch.size);
    body.raw(this.reader.bytes.subarray(declared.position, end));
    for (const type of this.scratch.keys()) body.u32(1).byte(type & 0xff);
  }

  private scratchLocal(type: number): number {
    const known = this.scratch.get(type);
    if (known !== undefined) return known;
    const index = this.locals.length + this.scratch.size;
    this.scratch.set(type, index);
    return index;
  }

  /** Handles the next instruction. Returns whether it was the function's last. */
  private instruction(): boolean {
    const start = this.reader.position;
    const opcode = this.reader.byte();
    if (opcode === OP.prefixFc) {
      this.prefixed(start);
      return false;
    }
    const op = OPS[opcode];
    if (op === undefined) throw new CompilationError(`unsupported instruction 0x${opcode.toString(16)} at byte ${start}`);
    if (!this.stack.dead && opcode !== OP.block && opcode !== OP.end && opcode !== OP.else && opcode !== OP.loop) this.segmentCost += 1;
    return this.control(opcode, start) ?? this.memory(opcode, start) ?? this.plain(opcode, op);
  }

  /** Control flow. Undefined for every other instruction. */
  private control(opcode: number, start: number): boolean | undefined {
    switch (opcode) {
      case OP.block:
        this.stack.open(this.blockResult());
        return false;
      case OP.loop:
        this.stack.open(this.blockResult());
        this.cut();
        this.segmentCost = this.stack.dead ? 0 : 1;
        this.segmentChecked = true;
        return false;
      case OP.if:
        this.stack.pop();
        this.stack.open(this.blockResult());
        this.cut();
        return false;
      case OP.else:
        this.stack.alternate();
        this.cut();
        return false;
      case OP.end: {
        const last = this.stack.end();
        this.cut();
        return last;
      }
      case OP.return:
        this.flush(start);
        // The code stands in a block of its own, whose end restores the stack counter.
        this.code.byte(OP.br).u32(this.stack.depth - 1);
        this.segmentStart = this.reader.position;
        this.stack.markDead();
        return false;
      default:
        return undefined;
    }
  }

  /** Stores, and the size of the memory. Undefined for every other instruction. */
  private memory(opcode: number, start: number): false | undefined {
    if (opcode === OP.memorySize || opcode === OP.memoryGrow) {
      this.reader.skip(1);
      this.flush(start);
      if (opcode === OP.memorySize) this.code.byte(OP.globalGet).u32(this.injected.pages);
      else this.code.byte(OP.call).u32(this.injected.grow);
      this.segmentStart = this.reader.position;
      if (opcode === OP.memoryGrow) this.stack.pop();
      this.stack.push(4);
      return false;
    }
    if (opcode < OP.firstStore || opcode > OP.lastStore) return undefined;
    this.reader.u32();
    const offset = this.reader.u32();
    this.stack.pop(2);
    if (!this.stack.dead) {
      this.flush(start);
      this.segmentStart = start;
      const address = this.scratchLocal(ADDRESS_TYPE);
      const value = this.scratchLocal(STORED_TYPES[opcode - OP.firstStore] as number);
      this.code.byte(OP.localSet).u32(value).byte(OP.localTee).u32(address);
      if (offset > 0)
        this.code
          .byte(OP.i32Const)
          .i32(offset | 0)
          .byte(OP.i32Add);
      this.code.byte(OP.i32Const).i32(DIRTY_BLOCK_BITS).byte(OP.i32ShrU).byte(OP.i32Const).i32(1).raw(STORE_DIRTY);
      this.code.byte(OP.localGet).u32(address).byte(OP.localGet).u32(value);
    }
    this.cut();
    return false;
  }

  private blockResult(): ValueSize | 0 {
    const type = this.reader.byte();
    if (type === EMPTY_BLOCK) return 0;
    if (type < EMPTY_BLOCK) throw new CompilationError('blocks with parameters or several results are not supported');
    return valueSize(type);
  }

  private plain(opcode: number, op: Op): false {
    const index = this.immediate(op);
    switch (opcode) {
      case OP.br:
      case OP.unreachable:
        this.stack.markDead();
        break;
      case OP.brTable:
        this.stack.pop();
        this.stack.markDead();
        break;
      case OP.call:
        this.call(this.info.types[this.info.functions[index] ?? -1], `function ${index}`);
        break;
      case OP.callIndirect:
        this.stack.pop();
        this.call(this.info.types[index], `type ${index}`);
        break;
      case OP.select: {
        this.stack.pop(2);
        this.stack.push(this.stack.pop());
        break;
      }
      case OP.localGet:
        this.stack.push(this.size(this.locals, index, 'local'));
        break;
      case OP.globalGet:
        this.stack.push(this.size(this.info.globals, index, 'global'));
        break;
      case OP.globalSet:
        this.size(this.info.globals, index, 'global');
        this.stack.pop();
        break;
      case OP.localSet:
        this.stack.pop();
        break;
      case OP.localTee:
        break;
      default:
        this.stack.pop(op.pops);
        this.stack.push(op.pushes);
    }
    if (opcode === OP.brIf) this.stack.pop();
    if (op.traps || opcode === OP.br || opcode === OP.brIf || opcode === OP.brTable) this.cut();
    return false;
  }

  /** Names that the original module does not have would reach what the instrumentation added. */
  private size(sizes: readonly ValueSize[], index: number, what: string): ValueSize {
    const size = sizes[index];
    if (size === undefined) throw new CompilationError(`unknown ${what} ${index}`);
    return size;
  }

  private call(type: FunctionType | undefined, what: string): void {
    if (type === undefined) throw new CompilationError(`call of an unknown ${what}`);
    this.stack.pop(type.params.length);
    this.stack.push(type.results[0] ?? 0);
  }

  private prefixed(start: number): void {
    const code = this.reader.u32();
    const op = FC_OPS[code];
    if (op === undefined) throw new CompilationError(`unsupported instruction 0xfc 0x${code.toString(16)} at byte ${start}`);
    this.immediate(op);
    if (op.keeps) this.info.keepsState = true;
    if (op.linear && !this.stack.dead) {
      this.flush(start);
      this.code.byte(OP.call).u32(op.onMemory ? this.injected.bulk : this.injected.linear);
      this.segmentStart = start;
    } else if (!this.stack.dead) {
      this.segmentCost += 1;
    }
    this.stack.pop(op.pops);
    this.stack.push(op.pushes);
    if (op.traps) this.cut();
  }

  /** Passes over the immediate; returns its first index, if it has one. */
  private immediate(op: Op): number {
    const reader = this.reader;
    switch (op.immediate) {
      case 'index':
        return reader.u32();
      case 'indices2':
      case 'memarg': {
        const first = reader.u32();
        reader.u32();
        return first;
      }
      case 'table':
        for (let count = reader.u32() + 1; count > 0; count--) reader.u32();
        return 0;
      case 'leb':
        reader.skipLeb();
        return 0;
      default:
        reader.skip(FIXED_IMMEDIATES[op.immediate]);
        return 0;
    }
  }

  /** Ends the segment behind the instruction just read. */
  private cut(): void {
    this.flush(this.reader.position);
    this.segmentStart = this.reader.position;
  }

  /** Writes the charge for the segment and its code up to `end`. */
  private flush(end: number): void {
    if (this.segmentCost > 0) {
      this.charge(this.code, this.segmentCost);
      if (this.segmentChecked) {
        this.code.byte(OP.globalGet).u32(this.injected.ops);
        trapIfNegative(this.code);
      }
    }
    this.code.raw(this.reader.bytes.subarray(this.segmentStart, end));
    this.segmentCost = 0;
    this.segmentChecked = false;
  }

  private charge(code: ByteWriter, ops: number): void {
    this.adjust(code, this.injected.ops, OP.i32Sub, ops);
  }

  private adjust(code: ByteWriter, global: number, operation: number, amount: number): void {
    code.byte(OP.globalGet).u32(global).byte(OP.i32Const).i32(amount).byte(operation).byte(OP.globalSet).u32(global);
  }
}

const FIXED_IMMEDIATES = { none: 0, block: 0, byte: 1, byte2: 2, f32: 4, f64: 8 } as const;

/** Type byte of an address; with a bit that keeps it apart from the `i32` of a stored value. */
const ADDRESS_TYPE = 0x17f;
/** Type bytes of what the instructions 0x36 to 0x3e store. */
const STORED_TYPES = [0x7f, 0x7e, 0x7d, 0x7c, 0x7f, 0x7f, 0x7e, 0x7e, 0x7e];
/** `i32.store8` into memory 1. */
const STORE_DIRTY = Uint8Array.of(0x3a, 0x40, 0x01, 0x00);

/** `(i32) -> ()`: ends the run if the number on the stack is negative. */
export function trapIfNegative(code: ByteWriter): void {
  code.byte(OP.i32Const).i32(0).byte(OP.i32LtS).byte(OP.if).byte(EMPTY_BLOCK).byte(OP.unreachable).byte(OP.end);
}
