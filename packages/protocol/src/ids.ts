import { v7 } from 'uuid';

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A new UUIDv7 in lower-case text: ids sort by creation time, so a table partitioned by id is partitioned by time. */
export function newId(): string {
  return v7();
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
