import { LIMITS } from '../parameters.ts';
import type { ByteReader } from './byte-reader.ts';
import { CompilationError } from './compilation-error.ts';

/** Bytes that a value takes on the operand stack. */
export type ValueSize = 4 | 8;

/** A function's signature by value sizes. */
export interface FunctionType {
  readonly params: readonly ValueSize[];
  readonly results: readonly ValueSize[];
  /** The type byte of the result as a block type; 0x40 for none. */
  readonly blockType: number;
}

/** What the code section must know of the rest of the module. */
export interface ModuleInfo {
  readonly types: FunctionType[];
  /** Type index by function index, imported functions first. */
  readonly functions: number[];
  importedFunctions: number;
  /** Sizes by global index. */
  readonly globals: ValueSize[];
  locals: number;
  /** Indices of the globals that change. */
  readonly mutableGlobals: number[];
  /** Some code changes tables or drops segments. */
  keepsState: boolean;
}

/** Size of a WebAssembly 1.0 value type. */
export function valueSize(type: number): ValueSize {
  if (type === 0x7f || type === 0x7d) return 4;
  if (type === 0x7e || type === 0x7c) return 8;
  throw new CompilationError(`unsupported value type 0x${type.toString(16)}`);
}

/** Reads the type section. */
export function readTypes(reader: ByteReader, info: ModuleInfo): void {
  for (let count = reader.u32(); count > 0; count--) {
    if (reader.byte() !== 0x60) throw new CompilationError('unsupported kind of type');
    const params = Array.from({ length: boundedCount(reader) }, () => valueSize(reader.byte()));
    const resultCount = boundedCount(reader);
    if (resultCount > 1) throw new CompilationError('functions with several results are not supported');
    const blockType = resultCount === 1 ? reader.byte() : 0x40;
    info.types.push({ params, results: resultCount === 1 ? [valueSize(blockType)] : [], blockType });
  }
}

function boundedCount(reader: ByteReader): number {
  const count = reader.u32();
  if (count > 1000) throw new CompilationError('a function type with more than 1,000 values');
  return count;
}

/** Reads the import section: functions of `env` are all that a contract may import. Returns their names in order. */
export function readImports(reader: ByteReader, info: ModuleInfo): string[] {
  const names: string[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind !== 0x00) throw new CompilationError(`import ${module}.${name}: a contract may import functions only`);
    if (module !== 'env') throw new CompilationError(`import ${module}.${name}: a contract may import from "env" only`);
    const type = reader.u32();
    if (info.types[type] === undefined) throw new CompilationError(`import ${module}.${name}: unknown type ${type}`);
    info.functions.push(type);
    names.push(name);
  }
  info.importedFunctions = names.length;
  return names;
}

/** Reads the function section. */
export function readFunctions(reader: ByteReader, info: ModuleInfo): void {
  for (let count = reader.u32(); count > 0; count--) {
    const type = reader.u32();
    if (info.types[type] === undefined) throw new CompilationError(`unknown function type ${type}`);
    info.functions.push(type);
  }
  if (info.functions.length > LIMITS.max_functions_number_per_contract) throw new CompilationError('TooManyFunctions');
}

/** Checks the table section against the limits. */
export function checkTables(reader: ByteReader): void {
  const count = reader.u32();
  if (count > LIMITS.max_tables_per_contract) throw new CompilationError('TooManyTables');
  for (let index = 0; index < count; index++) {
    if (reader.byte() !== 0x70) throw new CompilationError('only tables of functions are supported');
    const flags = reader.byte();
    const initial = reader.u32();
    if (flags & 1) reader.u32();
    if (initial > LIMITS.max_elements_per_contract_table) throw new CompilationError('TooManyTableElements');
  }
}

/** Reads the global section's types. */
export function readGlobals(reader: ByteReader, info: ModuleInfo): void {
  for (let count = reader.u32(); count > 0; count--) {
    info.globals.push(valueSize(reader.byte()));
    if (reader.byte() === 1) info.mutableGlobals.push(info.globals.length - 1);
    skipConstantExpression(reader);
  }
}

function skipConstantExpression(reader: ByteReader): void {
  for (;;) {
    const opcode = reader.byte();
    if (opcode === 0x0b) return;
    if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23) reader.skipLeb();
    else if (opcode === 0x43) reader.skip(4);
    else if (opcode === 0x44) reader.skip(8);
    else throw new CompilationError(`unsupported constant expression (opcode 0x${opcode.toString(16)})`);
  }
}

/** End of the last byte that the data section puts into memory at the start; segments at computed places are refused. */
export function readDataEnd(reader: ByteReader): number {
  let end = 0;
  for (let count = reader.u32(); count > 0; count--) {
    const flags = reader.u32();
    if (flags === 1) {
      reader.skip(reader.u32());
      continue;
    }
    if (flags > 1 || reader.byte() !== 0x41) throw new CompilationError('unsupported data segment');
    const offset = reader.i32() >>> 0;
    if (reader.byte() !== 0x0b) throw new CompilationError('unsupported data segment');
    const length = reader.u32();
    reader.skip(length);
    end = Math.max(end, offset + length);
  }
  return end;
}
