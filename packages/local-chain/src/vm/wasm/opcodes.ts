/** What the instrumentation must know of an instruction. */
export interface Op {
  /** What follows the opcode. */
  readonly immediate: 'none' | 'block' | 'index' | 'indices2' | 'table' | 'memarg' | 'leb' | 'f32' | 'f64' | 'byte' | 'byte2';
  /** How many operands it pops. Control and parametric instructions are handled one by one. */
  readonly pops: number;
  /** Bytes of the operand that it pushes: 0, 4 or 8. */
  readonly pushes: 0 | 4 | 8;
  /** It can trap, so that what was charged before it must stand. */
  readonly traps: boolean;
}

const op = (immediate: Op['immediate'], pops: number, pushes: Op['pushes'], traps = false): Op => ({ immediate, pops, pushes, traps });

/** Opcodes that the instrumentation treats by name. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  firstStore: 0x36,
  lastStore: 0x3e,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i32LtS: 0x48,
  i32GtU: 0x4b,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Or: 0x72,
  i32ShrU: 0x76,
  prefixFc: 0xfc,
} as const;

function buildTable(): (Op | undefined)[] {
  const table: (Op | undefined)[] = new Array(256);
  const range = (from: number, to: number, entry: Op) => table.fill(entry, from, to + 1);
  table[OP.unreachable] = op('none', 0, 0, true);
  table[0x01] = op('none', 0, 0);
  table[OP.block] = table[OP.loop] = op('block', 0, 0);
  table[OP.if] = op('block', 1, 0);
  table[OP.else] = table[OP.end] = op('none', 0, 0);
  table[OP.br] = op('index', 0, 0);
  table[OP.brIf] = op('index', 1, 0);
  table[OP.brTable] = op('table', 1, 0);
  table[OP.return] = op('none', 0, 0);
  table[OP.call] = op('index', 0, 0, true);
  table[OP.callIndirect] = op('indices2', 1, 0, true);
  table[OP.drop] = op('none', 1, 0);
  table[OP.select] = op('none', 3, 0);
  range(OP.localGet, OP.globalSet, op('index', 0, 0));
  const loads8 = new Set([0x29, 0x2b, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35]);
  for (let code = 0x28; code <= 0x35; code++) table[code] = op('memarg', 1, loads8.has(code) ? 8 : 4, true);
  range(0x36, 0x3e, op('memarg', 2, 0, true));
  table[0x3f] = op('byte', 0, 4);
  table[0x40] = op('byte', 1, 4, true);
  table[OP.i32Const] = op('leb', 0, 4);
  table[0x42] = op('leb', 0, 8);
  table[0x43] = op('f32', 0, 4);
  table[0x44] = op('f64', 0, 8);
  range(0x46, 0x66, op('none', 2, 4));
  table[0x45] = table[0x50] = op('none', 1, 4);
  range(0x67, 0x69, op('none', 1, 4));
  range(0x6a, 0x78, op('none', 2, 4));
  range(0x6d, 0x70, op('none', 2, 4, true));
  range(0x79, 0x7b, op('none', 1, 8));
  range(0x7c, 0x8a, op('none', 2, 8));
  range(0x7f, 0x82, op('none', 2, 8, true));
  range(0x8b, 0x91, op('none', 1, 4));
  range(0x92, 0x98, op('none', 2, 4));
  range(0x99, 0x9f, op('none', 1, 8));
  range(0xa0, 0xa6, op('none', 2, 8));
  table[0xa7] = op('none', 1, 4);
  range(0xa8, 0xab, op('none', 1, 4, true));
  range(0xac, 0xad, op('none', 1, 8));
  range(0xae, 0xb1, op('none', 1, 8, true));
  range(0xb2, 0xb6, op('none', 1, 4));
  range(0xb7, 0xbb, op('none', 1, 8));
  table[0xbc] = table[0xbe] = op('none', 1, 4);
  table[0xbd] = table[0xbf] = op('none', 1, 8);
  range(0xc0, 0xc1, op('none', 1, 4));
  range(0xc2, 0xc4, op('none', 1, 8));
  return table;
}

/** One-byte instructions of WebAssembly 1.0 and sign extension; undefined for all others. */
export const OPS: readonly (Op | undefined)[] = buildTable();

/** An instruction behind the prefix 0xfc. */
export interface FcOp extends Op {
  /** Charged by the number on top of the stack. */
  readonly linear: boolean;
  readonly onMemory: boolean;
  /** It changes what an instance keeps besides memory and globals: tables and segments. */
  readonly keeps: boolean;
}

const fc = (immediate: Op['immediate'], pops: number, pushes: Op['pushes'], kind?: 'memory' | 'table' | 'drop'): FcOp => ({
  ...op(immediate, pops, pushes, kind === 'memory' || kind === 'table'),
  linear: kind === 'memory' || kind === 'table',
  onMemory: kind === 'memory',
  keeps: kind === 'table' || kind === 'drop',
});

/** Instructions behind the prefix 0xfc: saturating truncation (0–7) and bulk memory (8–14). */
export const FC_OPS: readonly (FcOp | undefined)[] = [
  ...[4, 4, 4, 4, 8, 8, 8, 8].map((bytes) => fc('none', 1, bytes as 4 | 8)),
  fc('indices2', 3, 0, 'memory'),
  fc('index', 0, 0, 'drop'),
  fc('byte2', 3, 0, 'memory'),
  fc('byte', 3, 0, 'memory'),
  fc('indices2', 3, 0, 'table'),
  fc('index', 0, 0, 'drop'),
  fc('indices2', 3, 0, 'table'),
];
