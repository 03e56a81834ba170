import { LIMITS, WASM_COSTS } from '../parameters.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { CompilationError } from './compilation-error.ts';
import { FunctionInstrumenter, type Injected, linearChargeBody } from './instrument-function.ts';
import { checkTables, type ModuleInfo, readFunctions, readGlobals, readImports, readTypes } from './module-info.ts';

/** A contract made ready to run. */
export interface InstrumentedModule {
  /** Exports: `memory` is imported from `internal`; globals `ops`, `stack`; the contract's functions as `f:<name>`, its start as `start`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Names of the host functions that it imports from `env`. */
  readonly imports: readonly string[];
  /** Exported functions without parameters and results: what can be called as a method. */
  readonly methods: ReadonlySet<string>;
  /** Exported functions of another signature. */
  readonly otherExports: ReadonlySet<string>;
}

const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** Order in which sections may come. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

/** Import module of what the instrumentation adds; no contract can name it, since contracts import from `env` only. */
export const INTERNAL_MODULE = 'internal';

function readSections(code: Uint8Array): Map<number, ByteReader> {
  const reader = new ByteReader(code);
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (code.length < 8 || header.some((byte, index) => code[index] !== byte)) {
    throw new CompilationError('not a WebAssembly module of version 1');
  }
  reader.skip(8);
  const sections = new Map<number, ByteReader>();
  let place = -1;
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.slice(reader.u32());
    if (id === SECTION.custom) continue;
    const next = ORDER.indexOf(id);
    if (next <= place) throw new CompilationError(next < 0 ? `unsupported section ${id}` : `section ${id} out of order`);
    place = next;
    sections.set(id, content);
  }
  return sections;
}

/**
 * Instruments a contract for gas and stack depth, gives it NEAR's memory, and leaves only functions exported.
 * @throws CompilationError for what is no module or uses more than WebAssembly 1.0, sign extension, bulk memory and saturating truncation
 */
export function instrument(code: Uint8Array): InstrumentedModule {
  const sections = readSections(code);
  const info: ModuleInfo = { types: [], functions: [], importedFunctions: 0, globals: [], locals: 0 };
  const read = <T>(id: number, parse: (reader: ByteReader) => T): T | undefined => {
    const section = sections.get(id);
    return section && parse(new ByteReader(section.bytes, section.position, section.end));
  };
  read(SECTION.type, (reader) => readTypes(reader, info));
  const imports = read(SECTION.import, (reader) => readImports(reader, info)) ?? [];
  read(SECTION.function, (reader) => readFunctions(reader, info));
  read(SECTION.table, checkTables);
  const memories = read(SECTION.memory, (reader) => reader.u32()) ?? 0;
  if (memories > 1) throw new CompilationError('a contract has one memory');
  read(SECTION.global, (reader) => readGlobals(reader, info));
  const injected: Injected = { ops: info.globals.length, stack: info.globals.length + 1, linear: info.functions.length };
  const exported = readExports(sections.get(SECTION.export), info);
  const start = read(SECTION.start, (reader) => reader.u32());

  const output = new ByteWriter(code.length * 2).raw(code.subarray(0, 8));
  const emit = (id: number, content: ByteWriter) => output.byte(id).sized(content);
  const copy = (id: number) => {
    const section = sections.get(id);
    if (section) output.byte(id).u32(section.end - section.position).raw(section.bytes.subarray(section.position, section.end));
  };
  emit(SECTION.type, appendTo(sections.get(SECTION.type), (writer) => writer.raw(Uint8Array.of(0x60, 1, 0x7f, 1, 0x7f))));
  emit(SECTION.import, appendTo(sections.get(SECTION.import), appendMemory));
  emit(SECTION.function, appendTo(sections.get(SECTION.function), (writer) => writer.u32(info.types.length)));
  copy(SECTION.table);
  emit(SECTION.global, appendTo(sections.get(SECTION.global), appendGlobals, 2));
  emit(SECTION.export, exportSection(exported.functions, injected, start));
  copy(SECTION.element);
  copy(SECTION.dataCount);
  emit(SECTION.code, codeSection(sections.get(SECTION.code), info, injected));
  copy(SECTION.data);
  return { wasm: output.finish(), imports, methods: exported.methods, otherExports: exported.others };
}

/** A vector section with `added` more entries, which `write` writes. */
function appendTo(section: ByteReader | undefined, write: (writer: ByteWriter) => void, added = 1): ByteWriter {
  const reader = section && new ByteReader(section.bytes, section.position, section.end);
  const writer = new ByteWriter().u32((reader?.u32() ?? 0) + added);
  if (reader) writer.raw(reader.bytes.subarray(reader.position, reader.end));
  write(writer);
  return writer;
}

function appendMemory(writer: ByteWriter): void {
  writer.name(INTERNAL_MODULE).name('memory').byte(0x02).byte(0x01).u32(LIMITS.initial_memory_pages).u32(LIMITS.max_memory_pages);
}

function appendGlobals(writer: ByteWriter): void {
  const mutableI32Zero = Uint8Array.of(0x7f, 0x01, 0x41, 0x00, 0x0b);
  writer.raw(mutableI32Zero).raw(mutableI32Zero);
}

interface Exported {
  functions: Map<string, number>;
  methods: Set<string>;
  others: Set<string>;
}

function readExports(section: ByteReader | undefined, info: ModuleInfo): Exported {
  const exported: Exported = { functions: new Map(), methods: new Set(), others: new Set() };
  if (!section) return exported;
  const reader = new ByteReader(section.bytes, section.position, section.end);
  for (let count = reader.u32(); count > 0; count--) {
    const name = reader.name();
    const kind = reader.byte();
    const index = reader.u32();
    if (kind !== 0x00) continue;
    const type = info.types[info.functions[index] ?? -1];
    if (type === undefined) throw new CompilationError(`export ${name}: unknown function ${index}`);
    if (exported.functions.has(name)) throw new CompilationError(`export ${name} stands twice`);
    exported.functions.set(name, index);
    const plain = type.params.length === 0 && type.results.length === 0;
    (plain ? exported.methods : exported.others).add(name);
  }
  return exported;
}

function exportSection(functions: Map<string, number>, injected: Injected, start: number | undefined): ByteWriter {
  const writer = new ByteWriter().u32(functions.size + 2 + (start === undefined ? 0 : 1));
  for (const [name, index] of functions) writer.name(`f:${name}`).byte(0x00).u32(index);
  writer.name('ops').byte(0x03).u32(injected.ops).name('stack').byte(0x03).u32(injected.stack);
  if (start !== undefined) writer.name('start').byte(0x00).u32(start);
  return writer;
}

function codeSection(section: ByteReader | undefined, info: ModuleInfo, injected: Injected): ByteWriter {
  const defined = info.functions.length - info.importedFunctions;
  const reader = section && new ByteReader(section.bytes, section.position, section.end);
  const bodies = reader?.u32() ?? 0;
  if (bodies !== defined) throw new CompilationError(`${defined} functions are declared, ${bodies} have code`);
  const writer = new ByteWriter((section ? section.end - section.position : 0) * 2 + 256).u32(defined + 1);
  for (let index = 0; reader && index < defined; index++) {
    const type = info.types[info.functions[info.importedFunctions + index] as number];
    if (type === undefined) throw new CompilationError('a function without type');
    writer.sized(new FunctionInstrumenter(reader.slice(reader.u32()), type, info, injected).run());
  }
  const baseOps = WASM_COSTS.linear_op_base_cost / WASM_COSTS.regular_op_cost;
  return writer.sized(linearChargeBody(injected.ops, baseOps));
}
