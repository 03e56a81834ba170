import { DeaiError, type ErrorCode, isErrorCode } from '@deai/protocol';
import { headers as createHeaders, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { requestContext } from './request-context.ts';

const REQUEST_ID = 'deai-request-id';
/** What may stand in a header: an id from outside must not be able to add another one. */
const SAFE_ID = /^[\x21-\x7e]{1,128}$/;
/** Room for the one header, which the server counts as payload. */
export const HEADER_BYTES = 256;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws TypeError for what JSON cannot carry (bigint, cycles, `undefined`). */
export function encode(value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a value of type ${typeof value} cannot be sent as JSON`);
  return encoder.encode(text);
}

/** @throws SyntaxError or TypeError for bytes that are not JSON in UTF-8. */
export function decode(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

/** The error in JSON; without its details when those are no JSON or make it larger than `maxBytes`. */
export function encodeFailure(error: DeaiError, maxBytes: number): Uint8Array {
  try {
    const bytes = encode(error.toBody());
    if (bytes.length <= maxBytes) return bytes;
  } catch {
    // Details must not cost the caller the code.
  }
  return encode(new DeaiError(error.code).toBody());
}

/** What a handler answered: its output, or the error it threw. */
export type Reply = { output: unknown } | { error: DeaiError };

/** @throws SyntaxError or TypeError for bytes that are no answer of this bus. */
export function decodeReply(bytes: Uint8Array): Reply {
  const reply = decode(bytes);
  if (!isRecord(reply)) throw new TypeError('the answer is not an object');
  const { error, output } = reply;
  if (error === undefined) return { output };
  if (!isRecord(error) || typeof error.code !== 'string') throw new TypeError('the answer carries an error without a code');
  // A newer service may know codes that this one does not.
  const code: ErrorCode = isErrorCode(error.code) ? error.code : 'INTERNAL';
  const details = isRecord(error.details) ? error.details : undefined;
  return { error: new DeaiError(code, code === error.code ? details : { ...details, unknownCode: error.code }) };
}

/** The header that carries the request id of the running code, when there is one. */
export function contextHeaders(): { headers?: MsgHdrs } {
  const requestId = requestContext.getStore()?.requestId;
  if (requestId === undefined || !SAFE_ID.test(requestId)) return {};
  const headers = createHeaders();
  headers.set(REQUEST_ID, requestId);
  return { headers };
}

/** Runs `work` for the request that the message belongs to. */
export function inContextOf<T>(message: Msg, work: () => T): T {
  const requestId = message.headers?.get(REQUEST_ID);
  return requestId ? requestContext.run({ requestId }, work) : requestContext.exit(work);
}

/** Instances may hold characters that mean something in a subject: those become `=<hex>=`. */
export function commandSubject(command: string, instance: string | undefined): string {
  if (instance === undefined) return `cmd.${command}`;
  return `cmd.${command}.${instance.replace(/[^\w-]/g, (char) => `=${char.charCodeAt(0).toString(16)}=`) || '='}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
