import { LIMITS } from '../parameters.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { CompilationError } from './compilation-error.ts';
import { INJECTED_TYPES, injectedFunctions } from './injected-functions.ts';
import { FunctionInstrumenter, type Injected } from './instrument-function.ts';
import { checkTables, type ModuleInfo, readDataEnd, readFunctions, readGlobals, readImports, readTypes } from './module-info.ts';

/** Raise it with every change of what `instrument` makes of a contract: what is kept from before no longer counts then. */
export const INSTRUMENTATION_VERSION = 1;

/** A contract made ready to run. */
export interface InstrumentedModule {
  /**
   * Imports `memory` and `dirty` (a byte for each block that was written) from `internal`. Exports the globals `ops`, `stack`, `pages`, the
   * contract's own mutable globals as `g:<index>`, its functions as `f:<name>`, and its start as `start`, which the caller runs.
   */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Names of the host functions that it imports from `env`. */
  readonly imports: readonly string[];
  /** Exported functions without parameters and results: what can be called as a method. */
  readonly methods: ReadonlySet<string>;
  /** Exported functions of another signature. */
  readonly otherExports: ReadonlySet<string>;
  /** Data segments fill memory below this address. */
  readonly dataEnd: number;
  /** Putting memory and globals back is enough to run an instance again. */
  readonly reusable: boolean;
}

/** Pages of the memory `dirty`: a byte for every block of the address space, and room for one bulk instruction. */
export const DIRTY_PAGES = 17;

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
  const info: ModuleInfo = {
    types: [],
    functions: [],
    importedFunctions: 0,
    globals: [],
    locals: 0,
    mutableGlobals: [],
    keepsState: false,
  };
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
  const dataEnd = read(SECTION.data, readDataEnd) ?? 0;
  if (dataEnd > LIMITS.initial_memory_pages * 65_536) throw new CompilationError('a data segment lies outside the memory');
  const injected = placeInjected(info);
  const exported = readExports(sections.get(SECTION.export), info);
  const start = read(SECTION.start, (reader) => reader.u32());

  const output = new ByteWriter(code.length * 2).raw(code.subarray(0, 8));
  const emit = (id: number, content: ByteWriter) => output.byte(id).sized(content);
  const copy = (id: number) => {
    const section = sections.get(id);
    if (section)
      output
        .byte(id)
        .u32(section.end - section.position)
        .raw(section.bytes.subarray(section.position, section.end));
  };
  const added = injectedFunctions(injected);
  emit(SECTION.type, appendTo(sections.get(SECTION.type), INJECTED_TYPES));
  emit(SECTION.import, appendTo(sections.get(SECTION.import), memoryImports()));
  const addedTypes = added.map(({ type }) => new ByteWriter(8).u32(info.types.length + type).finish());
  emit(SECTION.function, appendTo(sections.get(SECTION.function), addedTypes));
  copy(SECTION.table);
  emit(SECTION.global, appendTo(sections.get(SECTION.global), [MUTABLE_I32_ZERO, MUTABLE_I32_ZERO, MUTABLE_I32_ZERO]));
  emit(SECTION.export, exportSection(exported.functions, info, injected, start));
  copy(SECTION.element);
  copy(SECTION.dataCount);
  const bodies = added.map(({ body }) => body);
  emit(SECTION.code, codeSection(sections.get(SECTION.code), info, injected, bodies));
  copy(SECTION.data);
  const { methods, others: otherExports } = exported;
  return { wasm: output.finish(), imports, methods, otherExports, dataEnd, reusable: !info.keepsState };
}

const MUTABLE_I32_ZERO = Uint8Array.of(0x7f, 0x01, 0x41, 0x00, 0x0b);

/** What is added stands behind all that the contract has, so that its own indices stay as they are. */
function placeInjected({ globals, functions }: ModuleInfo): Injected {
  const global = globals.length;
  const linear = functions.length;
  return { ops: global, stack: global + 1, pages: global + 2, linear, grow: linear + 1, bulk: linear + 2 };
}

/** A vector section with more entries at its end. */
function appendTo(section: ByteReader | undefined, entries: readonly Uint8Array[]): ByteWriter {
  const reader = section && new ByteReader(section.bytes, section.position, section.end);
  const writer = new ByteWriter().u32((reader?.u32() ?? 0) + entries.length);
  if (reader) writer.raw(reader.bytes.subarray(reader.position, reader.end));
  for (const entry of entries) writer.raw(entry);
  return writer;
}

/** Memory 0, the contract's, and memory 1. */
function memoryImports(): Uint8Array[] {
  return [['memory', LIMITS.max_memory_pages] as const, ['dirty', DIRTY_PAGES] as const].map(([name, pages]) =>
    new ByteWriter(32).name(INTERNAL_MODULE).name(name).byte(0x02).byte(0x01).u32(pages).u32(pages).finish(),
  );
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

function exportSection(functions: Map<string, number>, info: ModuleInfo, injected: Injected, start: number | undefined): ByteWriter {
  const writer = new ByteWriter().u32(functions.size + info.mutableGlobals.length + 3 + (start === undefined ? 0 : 1));
  for (const [name, index] of functions) writer.name(`f:${name}`).byte(0x00).u32(index);
  for (const index of info.mutableGlobals) writer.name(`g:${index}`).byte(0x03).u32(index);
  for (const name of ['ops', 'stack', 'pages'] as const) writer.name(name).byte(0x03).u32(injected[name]);
  if (start !== undefined) writer.name('start').byte(0x00).u32(start);
  return writer;
}

function codeSection(section: ByteReader | undefined, info: ModuleInfo, injected: Injected, added: readonly ByteWriter[]): ByteWriter {
  const defined = info.functions.length - info.importedFunctions;
  const reader = section && new ByteReader(section.bytes, section.position, section.end);
  const bodies = reader?.u32() ?? 0;
  if (bodies !== defined) throw new CompilationError(`${defined} functions are declared, ${bodies} have code`);
  const writer = new ByteWriter((section ? section.end - section.position : 0) * 2 + 256).u32(defined + added.length);
  for (let index = 0; reader && index < defined; index++) {
    const type = info.types[info.functions[info.importedFunctions + index] as number];
    if (type === undefined) throw new CompilationError('a function without type');
    writer.sized(new FunctionInstrumenter(reader.slice(reader.u32()), type, info, injected).run());
  }
  for (const body of added) writer.sized(body);
  return writer;
}
