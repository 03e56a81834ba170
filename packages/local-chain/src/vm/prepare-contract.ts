import { HOST_FUNCTIONS } from './host/index.ts';
import type { InstrumentedStore } from './vm.types.ts';
import { CompilationError } from './wasm/compilation-error.ts';
import { type InstrumentedModule, instrument } from './wasm/instrument.ts';

/** A contract compiled for this chain, or why it cannot be. */
export type PreparedContract =
  | {
      readonly kind: 'ready';
      readonly module: WebAssembly.Module;
      readonly methods: ReadonlySet<string>;
      readonly otherExports: ReadonlySet<string>;
      /** Imports that this chain has no function for. */
      readonly unknownImports: readonly string[];
      readonly codeBytes: number;
      /** See InstrumentedModule. */
      readonly dataEnd: number;
      readonly reusable: boolean;
    }
  | { readonly kind: 'invalid'; readonly message: string };

const MAX_CACHED = 200;
const cache = new Map<string, PreparedContract>();

/**
 * Instruments and compiles a contract, or finds it in the cache of the process.
 * @param codeHash - any text that stands for the code; with a store, its hash
 */
export function prepareContract(codeHash: string, code: Uint8Array, store?: InstrumentedStore): PreparedContract {
  const known = cache.get(codeHash);
  if (known) {
    cache.delete(codeHash);
    cache.set(codeHash, known);
    return known;
  }
  const prepared = prepareStored(codeHash, code, store) ?? prepareAnew(codeHash, code, store);
  if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value as string);
  cache.set(codeHash, prepared);
  return prepared;
}

function compile({ wasm, imports, ...rest }: InstrumentedModule, code: Uint8Array): PreparedContract {
  const unknownImports = imports.filter((name) => !Object.hasOwn(HOST_FUNCTIONS, name));
  return { kind: 'ready', module: new WebAssembly.Module(wasm), unknownImports, codeBytes: code.length, ...rest };
}

function prepareStored(codeHash: string, code: Uint8Array, store?: InstrumentedStore): PreparedContract | undefined {
  const stored = store?.get(codeHash);
  try {
    return stored && compile(stored, code);
  } catch {
    // Whether a contract is valid must not depend on what lies in a cache.
    return undefined;
  }
}

function prepareAnew(codeHash: string, code: Uint8Array, store?: InstrumentedStore): PreparedContract {
  try {
    const instrumented = instrument(code);
    const prepared = compile(instrumented, code);
    store?.put(codeHash, instrumented);
    return prepared;
  } catch (error) {
    if (error instanceof CompilationError || error instanceof WebAssembly.CompileError || error instanceof TypeError) {
      return { kind: 'invalid', message: error.message };
    }
    throw error;
  }
}
