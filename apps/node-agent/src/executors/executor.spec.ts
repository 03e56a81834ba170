import type { TaskKind } from '@deai/protocol';

/** A GGUF file that the operator serves under a model name. `contextSize` in tokens. */
export interface GgufModel {
  path: string;
  name: string;
  contextSize: number;
}

/** What a child process needs to build its executor; sent to it as a message, so it never stands in an environment. */
export type ExecutorSpec =
  | { type: 'use-lite' }
  | { type: 'tesseract' }
  | { type: 'fasttext' }
  | { type: 'wasm'; memoryMiB: number }
  | { type: 'upstream'; kind: 'chat' | 'embeddings'; baseUrl: string; apiKey: string; models: string[] }
  | { type: 'gguf'; models: GgufModel[] };

/** What the child may reach: `sandboxed` reads package files only; `network` and `native` are for the operator's own services. */
export type Reach = 'sandboxed' | 'network' | 'native';

/** One executor on offer: what it does, in how many processes, and the limits of each. */
export interface Lane {
  /** Stable name: key of its benchmark and of its log lines. */
  readonly id: string;
  readonly kind: TaskKind;
  readonly models: readonly string[];
  readonly spec: ExecutorSpec;
  readonly processes: number;
  readonly tasksPerProcess: number;
  /** Most tasks of one model given to a process in one call. */
  readonly maxBatch: number;
  readonly heapMiB: number;
  /** The process is killed above this resident size (Linux). */
  readonly rssMiB: number;
  /** Longest output, as characters of JSON. */
  readonly maxOutputChars: number;
  readonly reach: Reach;
}
