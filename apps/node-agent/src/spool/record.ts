import { sha256Hex, WireResult } from '@deai/protocol';
import { Compile } from 'typebox/compile';

/** An entry of the spool: a result to deliver, or leases whose results were answered. */
export type SpoolRecord = { result: WireResult } | { done: string[] };

const DIGEST_CHARS = 16;
const isResult = Compile(WireResult);

/** One line: the first 16 hex digits of the SHA-256 of the JSON, a space, the JSON. */
export function encodeRecord(record: SpoolRecord): string {
  const json = JSON.stringify(record);
  return `${sha256Hex(json).slice(0, DIGEST_CHARS)} ${json}\n`;
}

/** Reads a line; `undefined` when it was torn or changed. */
export function decodeRecord(line: string): SpoolRecord | undefined {
  const json = line.slice(DIGEST_CHARS + 1);
  if (line[DIGEST_CHARS] !== ' ' || sha256Hex(json).slice(0, DIGEST_CHARS) !== line.slice(0, DIGEST_CHARS)) return undefined;
  const record = JSON.parse(json) as { result?: unknown; done?: unknown };
  if (isResult.Check(record.result)) return { result: record.result };
  return Array.isArray(record.done) ? { done: record.done.map(String) } : undefined;
}
