import type { Cli } from '../context.ts';
import type { InputFlags } from '../input/task-input.ts';

/** Flags of `submit`. */
export interface SubmitFlags extends InputFlags {
  batch?: string;
  output?: string;
  quote?: true;
  wait?: boolean;
  waitTimeout?: number;
  idempotencyKey?: string;
  model?: string;
  priority?: 'low' | 'normal' | 'high';
  maxPrice?: string;
  timeout?: number;
  attempts?: number;
  memory?: number;
  region?: string;
  label?: Record<string, string>;
}

/** In a terminal a person waits for the result; a script asks for it. */
export function waits({ output }: Cli, { wait }: SubmitFlags): boolean {
  return wait ?? (!output.json && output.terminal);
}
