const PANICKED = 'Smart contract panicked: ';
/** Texts of contracts are theirs to choose: no longer than a line. */
const MAX_LENGTH = 300;

/** `ERR_CODE: words` out of whatever stands around it, or NEAR's name for what is not there; `undefined` for anything else. */
export function panicOf(text: string): string | undefined {
  return /ERR_[A-Z0-9_]+[^"\\\n]*|MethodNotFound|CodeDoesNotExist/.exec(text)?.[0].slice(0, MAX_LENGTH).trim();
}

/** Why a transaction or a receipt of it failed: the contract's message as it stands, else NEAR's kind of error with its facts. */
export function failureText(failure: unknown): string {
  const { ActionError, InvalidTxError } = asObject(failure);
  const kind = asObject(ActionError).kind ?? InvalidTxError ?? failure;
  const { ExecutionError: text } = asObject(asObject(kind).FunctionCallError);
  if (typeof text === 'string') return text.slice(text.startsWith(PANICKED) ? PANICKED.length : 0).slice(0, MAX_LENGTH);
  return kindText(kind).slice(0, MAX_LENGTH);
}

/** A unit variant is its name, any other an object with one key: `Expired`, `NotEnoughBalance {"balance":"1",…}`. */
export function kindText(kind: unknown): string {
  if (typeof kind === 'string') return kind;
  const [name, facts] = Object.entries(asObject(kind))[0] ?? ['an unknown error'];
  return facts === undefined ? name : `${name} ${JSON.stringify(facts)}`;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
