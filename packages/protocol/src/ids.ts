import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
/** Random bytes for many ids at once: asking the system for each costs more than all the rest of an id. */
const pool = Buffer.alloc(RANDOM_BYTES * 1_024);
let used = pool.length;
const latest = { msecs: 0, seq: 0 };
const MAX_SEQ = 0xffff_ffff;

function nextRandom(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += RANDOM_BYTES;
  return pool.subarray(used - RANDOM_BYTES, used);
}

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A new UUIDv7 in lower-case text: ids sort by creation time, so a table partitioned by id is partitioned by time. Ids of one process
 * are made in ascending order, also within a millisecond and when the clock goes back.
 */
export function newId(): string {
  const random = nextRandom();
  const msecs = Date.now();
  if (msecs > latest.msecs) {
    latest.msecs = msecs;
    // The upper half stays free for counting on (RFC 9562, section 6.2, method 1).
    latest.seq = random.readUInt32BE(6) >>> 1;
  } else if (latest.seq === MAX_SEQ) {
    latest.msecs++;
    latest.seq = 0;
  } else latest.seq++;
  return v7({ random, msecs: latest.msecs, seq: latest.seq });
}

/** True for a UUID in the lower-case text form that this project stores and prints. */
export function isUuid(text: string): boolean {
  return UUID_PATTERN.test(text);
}

/** Creation time of a UUIDv7, in milliseconds since the Unix epoch (RFC 9562, section 5.7). */
export function idTimeMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The smallest UUID that a UUIDv7 made at `timeMs` can have: the lower bound of a time partition. */
export function firstIdAt(timeMs: number): string {
  const hex = Math.floor(timeMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The same for an RFC 3339 time, for lists between times. A leap second, which computers' clocks have not, counts as the second before. */
export function firstIdFrom(time: string): string {
  return firstIdAt(Math.max(0, Date.parse(time.replace(/(\d\d:\d\d):60/, '$1:59'))));
}
