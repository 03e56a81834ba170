import { fail, HostError } from '../host-error.ts';
import { LIMITS } from '../parameters.ts';
import { type HostState, unsigned } from './host-state.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const UTF16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });

/** In place of a length: the text ends with a zero. */
const NUL_TERMINATED = -1n;

/** Text that a contract logs or panics with. */
export const TEXT_FUNCTIONS = {
  log_utf8(host: HostState, length: bigint, pointer: bigint): undefined {
    host.gas.pay('base');
    checkLogCount(host);
    pushLog(host, readUtf8(host, length, pointer));
  },
  log_utf16(host: HostState, length: bigint, pointer: bigint): undefined {
    host.gas.pay('base');
    checkLogCount(host);
    pushLog(host, readUtf16(host, length, pointer));
  },
  panic(host: HostState): undefined {
    host.gas.pay('base');
    throw guestPanic('explicit guest panic');
  },
  panic_utf8(host: HostState, length: bigint, pointer: bigint): undefined {
    host.gas.pay('base');
    throw guestPanic(readUtf8(host, length, pointer));
  },
  /** AssemblyScript's: strings carry their length in the four bytes before them. */
  abort(host: HostState, message: number, filename: number, line: number, column: number): undefined {
    host.gas.pay('base');
    if (message >>> 0 < 4 || filename >>> 0 < 4) fail('BadUTF16');
    checkLogCount(host);
    const messageLength = readU32(host, (message >>> 0) - 4);
    const filenameLength = readU32(host, (filename >>> 0) - 4);
    const text = readUtf16(host, BigInt(messageLength), BigInt(message >>> 0));
    const file = readUtf16(host, BigInt(filenameLength), BigInt(filename >>> 0));
    const full = `${text}, filename: "${file}" line: ${line >>> 0} col: ${column >>> 0}`;
    payLog(host, full);
    keepLog(host, `ABORT: ${full}`);
    throw guestPanic(full);
  },
};

function guestPanic(message: string): HostError {
  return new HostError(`Smart contract panicked: ${message}`);
}

function readU32(host: HostState, pointer: number): number {
  const bytes = host.read(pointer, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function checkLogCount(host: HostState): void {
  if (host.logs.length >= LIMITS.max_number_logs) {
    throw new HostError(`The number of logs will exceed the limit ${LIMITS.max_number_logs}`);
  }
}

function payLog(host: HostState, text: string): void {
  host.gas.pay('log_base');
  host.gas.pay('log_byte', Buffer.byteLength(text));
}

function pushLog(host: HostState, text: string): void {
  payLog(host, text);
  keepLog(host, text);
}

function keepLog(host: HostState, text: string): void {
  host.logBytes += Buffer.byteLength(text);
  if (host.logBytes > LIMITS.max_total_log_length) tooLong(host.logBytes);
  host.logs.push(text);
}

function tooLong(length: number): never {
  throw new HostError(`The length of a log message ${length} exceeds the limit ${LIMITS.max_total_log_length}`);
}

function readUtf8(host: HostState, length: bigint, pointer: bigint): string {
  host.gas.pay('utf8_decoding_base');
  const room = LIMITS.max_total_log_length - host.logBytes;
  let bytes: Uint8Array;
  if (length === NUL_TERMINATED) {
    bytes = readUntilZero(host, pointer, room);
  } else {
    if (unsigned(length) > room) tooLong(host.logBytes + unsigned(length));
    bytes = host.read(pointer, unsigned(length));
  }
  host.gas.pay('utf8_decoding_byte', bytes.length);
  return decode(UTF8, bytes, 'BadUTF8');
}

function readUntilZero(host: HostState, pointer: bigint, room: number): Uint8Array {
  const start = unsigned(pointer);
  for (let length = 0; length <= room; length++) {
    if (host.read(start + length, 1)[0] === 0) return host.peek(start, length);
  }
  return tooLong(host.logBytes + room + 1);
}

function readUtf16(host: HostState, length: bigint, pointer: bigint): string {
  host.gas.pay('utf16_decoding_base');
  const room = LIMITS.max_total_log_length - host.logBytes;
  const bytes = length === NUL_TERMINATED ? readUntilDoubleZero(host, pointer, room) : host.read(pointer, unsigned(length));
  if (bytes.length % 2 !== 0) fail('BadUTF16');
  if (bytes.length > room) tooLong(host.logBytes + bytes.length);
  host.gas.pay('utf16_decoding_byte', bytes.length);
  return decode(UTF16, bytes, 'BadUTF16');
}

function readUntilDoubleZero(host: HostState, pointer: bigint, room: number): Uint8Array {
  const start = unsigned(pointer);
  for (let length = 0; length <= room; length += 2) {
    const unit = host.read(start + length, 2);
    if (unit[0] === 0 && unit[1] === 0) return host.peek(start, length);
  }
  return tooLong(host.logBytes + room + 2);
}

/** @throws HostError with that name when the bytes are no text in the encoding */
function decode(decoder: typeof UTF8, bytes: Uint8Array, error: 'BadUTF8' | 'BadUTF16'): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return fail(error);
  }
}
