import type { TaskKind } from '@deai/protocol';

/** Kinds of work that the page has a form for. */
export const TASK_KINDS: readonly TaskKind[] = ['embeddings', 'ocr', 'language-id', 'wasm', 'chat'];
