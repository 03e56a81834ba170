import type { Static } from 'typebox';
import { chat } from './chat.ts';
import { embeddings } from './embeddings.ts';
import type { TaskKindSpec } from './kind.ts';
import { languageId } from './language-id.ts';
import { ocr } from './ocr.ts';
import { wasm } from './wasm.ts';

const KINDS = { embeddings, ocr, 'language-id': languageId, wasm, chat } as const;

export type TaskKind = keyof typeof KINDS;
/** Input of a kind, as submitted. */
export type TaskInput<K extends TaskKind> = Static<(typeof KINDS)[K]['input']>;
/** Output of a kind, as a node returns it. */
export type TaskOutput<K extends TaskKind> = Static<(typeof KINDS)[K]['output']>;

export const TASK_KINDS = Object.keys(KINDS) as TaskKind[];

export function isTaskKind(name: string): name is TaskKind {
  return Object.hasOwn(KINDS, name);
}

/** The spec of a kind, with its schemas widened: callers hold checked but untyped input. */
export function kindSpec(kind: TaskKind): TaskKindSpec {
  return KINDS[kind] as unknown as TaskKindSpec;
}
