/** A binary heap of values by a number key that does not change while they are inside. */
export interface MinHeap<T> {
  readonly size: number;
  push(key: number, value: T): void;
  /** The value with the smallest key; among equals the one pushed first. */
  pop(): T | undefined;
  peekKey(): number;
}

interface Entry<T> {
  key: number;
  order: number;
  value: T;
}

export function createMinHeap<T>(): MinHeap<T> {
  const heap: Entry<T>[] = [];
  let order = 0;
  const before = (a: Entry<T>, b: Entry<T>) => a.key < b.key || (a.key === b.key && a.order < b.order);

  function up(start: number): void {
    const entry = heap[start] as Entry<T>;
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry<T>;
      if (!before(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }
  function down(entry: Entry<T>): void {
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)) child++;
      if (!before(heap[child] as Entry<T>, entry)) break;
      heap[i] = heap[child] as Entry<T>;
      i = child;
    }
    heap[i] = entry;
  }

  return {
    get size() {
      return heap.length;
    },
    push(key, value) {
      heap.push({ key, order: order++, value });
      up(heap.length - 1);
    },
    pop() {
      const top = heap[0];
      const last = heap.pop();
      if (top && last && heap.length > 0) down(last);
      return top?.value;
    },
    peekKey: () => heap[0]?.key ?? Number.POSITIVE_INFINITY,
  };
}
