/** A set that can also give a random member, all in constant time. */
export interface RandomSet<T> {
  readonly size: number;
  add(value: T): void;
  delete(value: T): void;
  has(value: T): boolean;
  /** The member at a position below `size`; positions change with every deletion. */
  at(index: number): T;
}

export function createRandomSet<T>(): RandomSet<T> {
  const items: T[] = [];
  const positions = new Map<T, number>();
  return {
    get size() {
      return items.length;
    },
    has: (value) => positions.has(value),
    at: (index) => items[index] as T,
    add(value) {
      if (positions.has(value)) return;
      positions.set(value, items.length);
      items.push(value);
    },
    delete(value) {
      const position = positions.get(value);
      if (position === undefined) return;
      positions.delete(value);
      const last = items.pop() as T;
      if (position < items.length) {
        items[position] = last;
        positions.set(last, position);
      }
    },
  };
}
