import { DeaiError } from '@deai/protocol';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const MAX_PROBLEMS = 10;

/**
 * A check of one command's input against its schema. It answers with the value as it was given.
 * @throws DeaiError `INVALID_INPUT` naming what is wrong, never the values.
 */
export function createCheck<S extends TSchema>(schema: S): (value: unknown) => Static<S> {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return value as Static<S>;
    const problems = [...compiled.Errors(value)]
      .slice(0, MAX_PROBLEMS)
      .map(({ instancePath, message }) => ({ path: instancePath || '/', problem: message }));
    throw new DeaiError('INVALID_INPUT', { problems });
  };
}

/** @throws DeaiError `INVALID_INPUT` for text with control characters, which no name needs and the database may refuse. */
export function requirePlainText(text: string, path: string): string {
  if (/\p{Cc}/u.test(text)) throw new DeaiError('INVALID_INPUT', { problems: [{ path, problem: 'must not have control characters' }] });
  return text;
}

/** The form in which addresses are stored and compared. */
export function normaliseEmail(email: string): string {
  return email.toLowerCase();
}
