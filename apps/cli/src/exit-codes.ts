/** Exit codes, part of the interface for scripts. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  authentication: 3,
  notFound: 4,
  funds: 5,
  unavailable: 6,
  refused: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code means, as the help prints it. */
export const EXIT_MEANINGS: readonly [ExitCode, string][] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'the task failed or was cancelled, a receipt or the audit log is not valid, or something unexpected happened'],
  [EXIT.usage, 'wrong usage or configuration'],
  [EXIT.authentication, 'not logged in, or not allowed'],
  [EXIT.notFound, 'there is no such thing'],
  [EXIT.funds, 'the balance does not cover the price'],
  [EXIT.unavailable, 'the network cannot be reached, is overloaded, or took too long'],
  [EXIT.refused, 'the network refused the request: invalid input, no capable node, price above the maximum'],
  [EXIT.interrupted, 'interrupted'],
];

const BY_CODE: Readonly<Record<string, ExitCode>> = {
  INSUFFICIENT_FUNDS: EXIT.funds,
  CONFIG_INVALID: EXIT.usage,
  CONNECTION_FAILED: EXIT.unavailable,
  CLIENT_TIMEOUT: EXIT.unavailable,
  INVALID_RESPONSE: EXIT.unavailable,
  NODE_NOT_CONNECTED: EXIT.unavailable,
  INTERNAL: EXIT.failed,
};

/** Exit code for an error of the API, by its code, else by its HTTP status. */
export function exitCodeOf(code: string, status: number): ExitCode {
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  if (status === 401 || status === 403) return EXIT.authentication;
  if (status === 404) return EXIT.notFound;
  if (status === 408 || status === 429 || status === 0 || (status >= 502 && status <= 504)) return EXIT.unavailable;
  return status >= 400 && status < 500 ? EXIT.refused : EXIT.failed;
}
