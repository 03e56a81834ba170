import { randomBytes } from 'node:crypto';

/** Positions in one millisecond; a burst of more borrows from the next. With 1,024 a position stays a safe integer until the year 2248. */
const PER_MS = 1_024;
const DIGITS = 11;

/**
 * Gives events their place. A position is a number that only grows; an event id is its position as sortable text with the tag of
 * this stream, so that an id given out by another instance, or before a restart, is recognised as foreign.
 */
export interface EventClock {
  /** Position of the newest event, or of the start when there was none. */
  readonly last: number;
  next(): number;
  idOf(position: number): string;
  /** The position of an id of this stream; `undefined` for a foreign or invented one. */
  positionOf(id: string): number | undefined;
}

export function createEventClock(tag = randomBytes(6).toString('hex'), now: () => number = Date.now): EventClock {
  let last = now() * PER_MS;
  const pattern = new RegExp(`^([0-9a-z]{${DIGITS}})-${tag}$`);
  return {
    get last() {
      return last;
    },
    next() {
      last = Math.max(last + 1, now() * PER_MS);
      return last;
    },
    idOf: (position) => `${position.toString(36).padStart(DIGITS, '0')}-${tag}`,
    positionOf(id) {
      const position = Number.parseInt(pattern.exec(id)?.[1] ?? '', 36);
      return position <= last ? position : undefined;
    },
  };
}
