import { ERRNO, WASI_FUNCTIONS } from './wasi-names.ts';
import type { WasmMemory } from './web-assembly.ts';

/** Thrown through the program to end it: by `proc_exit`, and when it writes more than it may. */
export class ProgramEnd extends Error {}

export interface WasiOptions {
  args: readonly string[];
  stdin: Uint8Array;
  /** Most bytes on standard output and error together. */
  maxOutputBytes: number;
  /** The program's memory; called only while the program runs. */
  memory(): WasmMemory;
}

type WasiFunction = (...args: never[]) => number;

export interface Wasi {
  readonly functions: Readonly<Record<string, WasiFunction>>;
  readonly exitCode: number | undefined;
  readonly overflowed: boolean;
  stdout(): Buffer;
  stderr(): Buffer;
}

const CHARACTER_DEVICE = 2;
const RIGHT_READ = 2n;
const RIGHT_WRITE = 64n;

/**
 * The subset of WASI preview 1 that a repeatable program needs: arguments, standard streams and exit.
 * The clock stands at 0 and `random_get` fills with zeros, so that language runtimes start and two runs are equal bit for bit;
 * there are no files; everything else answers ENOSYS. Pointers outside the memory answer EFAULT.
 */
export function createWasi(options: WasiOptions): Wasi {
  const state = { read: 0, written: 0, exitCode: undefined as number | undefined, overflowed: false };
  const output: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  const args = options.args.map((arg) => Buffer.from(`${arg}\0`));
  const view = () => new DataView(options.memory().buffer);
  const slice = (pointer: number, length: number) => new Uint8Array(options.memory().buffer, pointer >>> 0, length >>> 0);

  function vectors(pointer: number, count: number): Uint8Array[] {
    const memory = view();
    const base = pointer >>> 0;
    if (count >>> 0 > 1024) throw new RangeError('too many vectors');
    return Array.from({ length: count }, (_, i) => slice(memory.getUint32(base + i * 8, true), memory.getUint32(base + i * 8 + 4, true)));
  }

  function write(fd: 1 | 2, pieces: Uint8Array[]): number {
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    state.written += total;
    if (state.written > options.maxOutputBytes) {
      state.overflowed = true;
      throw new ProgramEnd('output limit');
    }
    for (const piece of pieces) output[fd].push(Buffer.from(piece));
    return total;
  }

  function read(pieces: Uint8Array[]): number {
    let total = 0;
    for (const piece of pieces) {
      const part = options.stdin.subarray(state.read, state.read + piece.length);
      piece.set(part);
      state.read += part.length;
      total += part.length;
    }
    return total;
  }

  const streams: Record<string, WasiFunction> = {
    fd_write(fd: number, iovs: number, count: number, result: number) {
      if (fd !== 1 && fd !== 2) return ERRNO.badf;
      const total = write(fd, vectors(iovs, count));
      view().setUint32(result >>> 0, total, true);
      return ERRNO.success;
    },
    fd_read(fd: number, iovs: number, count: number, result: number) {
      if (fd !== 0) return ERRNO.badf;
      const total = read(vectors(iovs, count));
      view().setUint32(result >>> 0, total, true);
      return ERRNO.success;
    },
    fd_close: (fd: number) => (isStream(fd) ? ERRNO.success : ERRNO.badf),
    fd_seek: (fd: number) => (isStream(fd) ? ERRNO.spipe : ERRNO.badf),
    fd_prestat_get: () => ERRNO.badf,
    fd_fdstat_get(fd: number, result: number) {
      if (!isStream(fd)) return ERRNO.badf;
      const at = result >>> 0;
      slice(at, 24).fill(0);
      view().setUint8(at, CHARACTER_DEVICE);
      view().setBigUint64(at + 8, fd === 0 ? RIGHT_READ : RIGHT_WRITE, true);
      return ERRNO.success;
    },
  };

  const process: Record<string, WasiFunction> = {
    args_sizes_get: (count: number, size: number) => storeSizes(view(), count, size, args),
    args_get(pointers: number, buffer: number) {
      let at = buffer >>> 0;
      args.forEach((arg, i) => {
        slice(at, arg.length).set(arg);
        view().setUint32((pointers >>> 0) + i * 4, at, true);
        at += arg.length;
      });
      return ERRNO.success;
    },
    environ_sizes_get: (count: number, size: number) => storeSizes(view(), count, size, []),
    environ_get: () => ERRNO.success,
    clock_time_get(_id: number, _precision: bigint, result: number) {
      view().setBigUint64(result >>> 0, 0n, true);
      return ERRNO.success;
    },
    random_get(pointer: number, length: number) {
      slice(pointer, length).fill(0);
      return ERRNO.success;
    },
    proc_exit(code: number) {
      state.exitCode = code | 0;
      throw new ProgramEnd('exit');
    },
  };

  const known = { ...streams, ...process };
  const functions = Object.fromEntries([...WASI_FUNCTIONS].map((name) => [name, guarded(known[name] ?? (() => ERRNO.nosys), state)]));
  return {
    functions,
    get exitCode() {
      return state.exitCode;
    },
    get overflowed() {
      return state.overflowed;
    },
    stdout: () => Buffer.concat(output[1]),
    stderr: () => Buffer.concat(output[2]),
  };
}

function isStream(fd: number): boolean {
  return fd >= 0 && fd <= 2;
}

function storeSizes(memory: DataView, count: number, size: number, items: readonly Buffer[]): number {
  memory.setUint32(count >>> 0, items.length, true);
  memory.setUint32(
    size >>> 0,
    items.reduce((sum, item) => sum + item.length, 0),
    true,
  );
  return ERRNO.success;
}

/** A program may catch the exception that ends it: from then on every call ends it again. */
function guarded(call: WasiFunction, state: { exitCode: number | undefined; overflowed: boolean }): WasiFunction {
  return (...args) => {
    if (state.exitCode !== undefined || state.overflowed) throw new ProgramEnd('ended');
    try {
      return call(...args);
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) return ERRNO.fault;
      throw error;
    }
  };
}
