import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstrumentedStore } from '../vm/vm.types.ts';
import { INSTRUMENTATION_VERSION, type InstrumentedModule } from '../vm/wasm/instrument.ts';
import { encodeFrame, readFrame } from './store/frame.ts';

/** What stands beside the bytes; sets as arrays. */
interface Head {
  readonly imports: readonly string[];
  readonly methods: readonly string[];
  readonly otherExports: readonly string[];
  readonly dataEnd: number;
  readonly reusable: boolean;
}

/**
 * Instrumented contracts in a folder, a file each, so that a start need not instrument them again. Files are written beside their name
 * and renamed; one that is missing, cut or damaged is as good as none. The folder may be removed at any time.
 * @param onWarning - hears of a file that could not be written
 */
export function openInstrumentedFiles(folder: string, onWarning: (error: Error) => void = () => {}): InstrumentedStore {
  const pathOf = (codeHash: string) => join(folder, `${codeHash}.v${INSTRUMENTATION_VERSION}.deai`);
  return {
    get(codeHash) {
      try {
        return decode(readFileSync(pathOf(codeHash)));
      } catch {
        return undefined;
      }
    },
    put(codeHash, module) {
      const path = pathOf(codeHash);
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeWhole(path, encode(module));
      } catch (error) {
        onWarning(new Error(`The instrumented contract ${path} could not be kept: ${(error as Error).message}`, { cause: error }));
      }
    },
  };
}

function writeWhole(path: string, content: Buffer): void {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** A frame with checksum, and in it the head's length u32 little-endian, the head as JSON, the WebAssembly. */
function encode({ wasm, imports, methods, otherExports, dataEnd, reusable }: InstrumentedModule): Buffer {
  const facts: Head = { imports, methods: [...methods], otherExports: [...otherExports], dataEnd, reusable };
  const head = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return encodeFrame(Buffer.concat([length, head, wasm]));
}

function decode(file: Buffer): InstrumentedModule | undefined {
  const frame = readFrame(file, 0);
  if (frame.kind !== 'frame' || frame.next !== file.length) return undefined;
  const { payload } = frame;
  const headEnd = 4 + payload.readUInt32LE(0);
  const { methods, otherExports, ...rest } = JSON.parse(payload.toString('utf8', 4, headEnd)) as Head;
  return { ...rest, wasm: new Uint8Array(payload.subarray(headEnd)), methods: new Set(methods), otherExports: new Set(otherExports) };
}
