import { LIMITS, WASM_COSTS } from '../parameters.ts';
import { ByteWriter } from './byte-writer.ts';
import { DIRTY_BLOCK_BITS, type Injected, trapIfNegative } from './instrument-function.ts';
import { OP } from './opcodes.ts';

const I32 = 0x7f;
const EMPTY_BLOCK = 0x40;
const LINEAR_BASE_OPS = WASM_COSTS.linear_op_base_cost / WASM_COSTS.regular_op_cost;

/** Types of the injected functions, in the order in which they are appended. */
export const INJECTED_TYPES: readonly Uint8Array[] = [
  Uint8Array.of(0x60, 1, I32, 1, I32),
  Uint8Array.of(0x60, 3, I32, I32, I32, 3, I32, I32, I32),
];

/** Charges 32 instructions and one for each unit in local `units`, or traps with `ops` negative. */
function chargeLinear(code: ByteWriter, ops: number, units: number): void {
  code.byte(OP.globalGet).u32(ops).byte(OP.i32Const).i32(LINEAR_BASE_OPS).byte(OP.i32Sub).byte(OP.globalSet).u32(ops);
  code.byte(OP.globalGet).u32(ops);
  trapIfNegative(code);
  code.byte(OP.localGet).u32(units).byte(OP.globalGet).u32(ops).byte(OP.i32GtU).byte(OP.if).byte(EMPTY_BLOCK);
  code.byte(OP.i32Const).i32(-1).byte(OP.globalSet).u32(ops).byte(OP.unreachable).byte(OP.end);
  code.byte(OP.globalGet).u32(ops).byte(OP.localGet).u32(units).byte(OP.i32Sub).byte(OP.globalSet).u32(ops);
}

function linearBody({ ops }: Injected): ByteWriter {
  const code = new ByteWriter(64).u32(0);
  chargeLinear(code, ops, 0);
  return code.byte(OP.localGet).u32(0).byte(OP.end);
}

/** The memory itself has its greatest size from the start; what grows is the number. */
function growBody({ pages }: Injected): ByteWriter {
  const code = new ByteWriter(64).u32(0);
  code.byte(OP.localGet).u32(0).byte(OP.i32Const).i32(LIMITS.max_memory_pages).byte(OP.globalGet).u32(pages).byte(OP.i32Sub);
  code.byte(OP.i32GtU).byte(OP.if).byte(EMPTY_BLOCK).byte(OP.i32Const).i32(-1).byte(OP.return).byte(OP.end);
  code.byte(OP.globalGet).u32(pages);
  code.byte(OP.globalGet).u32(pages).byte(OP.localGet).u32(0).byte(OP.i32Add).byte(OP.globalSet).u32(pages);
  return code.byte(OP.end);
}

function bulkBody({ ops }: Injected): ByteWriter {
  const code = new ByteWriter(96).u32(0);
  chargeLinear(code, ops, 2);
  const blocks = (local: number) => code.byte(OP.localGet).u32(local).byte(OP.i32Const).i32(DIRTY_BLOCK_BITS).byte(OP.i32ShrU);
  blocks(0).byte(OP.i32Const).i32(1);
  blocks(2).byte(OP.i32Const).i32(2).byte(OP.i32Add);
  code.byte(OP.prefixFc).u32(0x0b).byte(0x01);
  return code.byte(OP.localGet).u32(0).byte(OP.localGet).u32(1).byte(OP.localGet).u32(2).byte(OP.end);
}

/** Bodies in index order: `linear`, `grow`, `bulk`; with the place of their types in `INJECTED_TYPES`. */
export function injectedFunctions(injected: Injected): { readonly type: number; readonly body: ByteWriter }[] {
  return [
    { type: 0, body: linearBody(injected) },
    { type: 0, body: growBody(injected) },
    { type: 1, body: bulkBody(injected) },
  ];
}
