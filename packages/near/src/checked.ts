import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { NearError } from './near-error.ts';

/** The value, when it is what the schema says. @throws NearError `failed`, with what is wrong after `problem`. */
export function checked<S extends TSchema>(schema: S, value: unknown, problem: string): Static<S> {
  if (Value.Check(schema, value)) return value as Static<S>;
  const [first] = Value.Errors(schema, value);
  throw new NearError('failed', `${problem}${first ? `: ${first.instancePath || 'it'} ${first.message}` : ''}`);
}
