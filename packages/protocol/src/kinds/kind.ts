import type { Static, TSchema } from 'typebox';

/** What the price of a task counts. */
export type Unit = 'token' | 'page' | 'text' | 'second';

/** A kind of work the network knows: its shapes, what it is priced by, and its limits. */
export interface TaskKindSpec<Input extends TSchema = TSchema, Output extends TSchema = TSchema> {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** Used when a task names no model; `null` when the requester must choose. */
  readonly defaultModel: string | null;
  readonly input: Input;
  readonly output: Output;
  readonly defaultTimeoutMs: number;
  /** Memory a node must offer to be given this kind, unless the task asks for more. MiB. */
  readonly memoryMiB: number;
  /** True when the units follow from the input alone, so that a node cannot claim others. */
  readonly fixedUnits: boolean;
  /** Upper bound of the units the task can use: what the quote and the hold are made from. */
  maxUnits(input: Static<Input>, timeoutMs: number): number;
}

/** Keeps the schema types of a spec while checking its shape. */
export function defineKind<Input extends TSchema, Output extends TSchema>(spec: TaskKindSpec<Input, Output>): TaskKindSpec<Input, Output> {
  return Object.freeze(spec);
}

/**
 * Tokens of a text as this network counts them for prices: one per four UTF-16 code units, rounded up, at least one.
 * An estimate that requester, gateway and node compute alike, whatever the model's own tokenizer does.
 */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}
