import { sizeOf, type Update } from './update.ts';

/** The latest updates, bounded in number and bytes: what a reconnecting client missed is sent again from here. */
export interface ChangeRing {
  push(update: Update): void;
  /** Whether every update after `position` is still here. */
  covers(position: number): boolean;
  /** At most `limit` updates after `position`, oldest first. */
  read(position: number, limit?: number): Update[];
  readonly size: number;
  readonly bytes: number;
  /** Position of the newest update that is gone; everything after it is here. */
  readonly floor: number;
  /** Position of the newest update, or the start when there was none. */
  readonly newest: number;
}

/** @param start position before the first update. */
export function createChangeRing(bounds: { changes: number; bytes: number }, start: number): ChangeRing {
  const slots: (Update | undefined)[] = new Array(bounds.changes);
  let head = 0;
  let size = 0;
  let bytes = 0;
  let floor = start;
  let newest = start;
  const at = (i: number): Update => slots[(head + i) % bounds.changes] as Update;

  function evict(): void {
    const oldest = at(0);
    slots[head] = undefined;
    head = (head + 1) % bounds.changes;
    size--;
    bytes -= sizeOf(oldest);
    floor = oldest.position;
  }
  function firstAfter(position: number): number {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(middle).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    push(update) {
      if (size === bounds.changes) evict();
      slots[(head + size) % bounds.changes] = update;
      size++;
      newest = update.position;
      bytes += sizeOf(update);
      while (bytes > bounds.bytes && size > 0) evict();
    },
    covers: (position) => position >= floor,
    read(position, limit = Number.POSITIVE_INFINITY) {
      const first = firstAfter(position);
      return Array.from({ length: Math.min(size - first, limit) }, (_, i) => at(first + i));
    },
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
    get floor() {
      return floor;
    },
    get newest() {
      return newest;
    },
  };
}
