/** Close codes of `/ws`; the number after 4 is the HTTP status that says the same. */
export const CLOSE = {
  unauthenticated: 4401,
  authTimeout: 4408,
  invalid: 4422,
  tooMuch: 4429,
  unavailable: 4503,
} as const;
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];
