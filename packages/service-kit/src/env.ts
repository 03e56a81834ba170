import { DeaiError } from '@deai/protocol';
import Type, { type Static, type TObject } from 'typebox';
import { Value } from 'typebox/value';

/** The process environment, or a stand-in. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration out of environment variables: keys of `schema` are variable names, values are converted
 * to the schema's types, defaults filled in, and the result frozen.
 * @throws DeaiError `CONFIG_INVALID` naming every variable that is missing or wrong.
 */
export function parseEnv<S extends TObject>(schema: S, env: Env): Static<S> {
  const given = Object.fromEntries(Object.keys(schema.properties).flatMap((key) => (env[key] ? [[key, env[key]]] : [])));
  const value = Value.Default(schema, Value.Convert(schema, given));
  if (!Value.Check(schema, value)) {
    const problems = [...Value.Errors(schema, value)].map((e) => `${e.instancePath.slice(1) || 'environment'}: ${e.message}`);
    throw new DeaiError('CONFIG_INVALID', { problems, hint: 'Correct these environment variables; .env.example lists them all.' });
  }
  return Object.freeze(value) as Static<S>;
}

/** A required secret or address: no default, so that it cannot be forgotten. */
export const Required = (description: string) => Type.String({ minLength: 1, description });
