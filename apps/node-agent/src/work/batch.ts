import type { WireTask } from '@deai/protocol';

/** Texts of one batch: more would keep other tasks waiting without being faster. */
const MAX_TEXTS = 64;

/**
 * Takes from the front of a queue what runs together: the first task and, when the lane batches, the later ones of the same model,
 * up to `size` tasks and 64 texts. The others keep their order.
 */
export function takeBatch(queue: WireTask[], size: number): WireTask[] {
  const first = queue.shift();
  if (!first) return [];
  const batch = [first];
  let texts = textsOf(first);
  for (let i = 0; i < queue.length && batch.length < size && texts < MAX_TEXTS; ) {
    const task = queue[i] as WireTask;
    if (task.model !== first.model || texts + textsOf(task) > MAX_TEXTS) i++;
    else {
      batch.push(task);
      texts += textsOf(task);
      queue.splice(i, 1);
    }
  }
  return batch;
}

function textsOf(task: WireTask): number {
  const texts = (task.input as { texts?: unknown } | null)?.texts;
  return Array.isArray(texts) ? texts.length : 1;
}
