/**
 * Every error a caller can meet, once. Codes are part of the API: never renamed, never reused.
 * `docs/errors.md` is generated from this table.
 */
export const ERRORS = {
  // input
  INVALID_INPUT: { status: 400, retryable: false, message: 'The request does not match its schema.' },
  INVALID_JSON: { status: 400, retryable: false, message: 'The request body is not valid JSON.' },
  INVALID_AMOUNT: { status: 400, retryable: false, message: 'The amount is not a non-negative decimal with at most 24 decimals.' },
  INVALID_CURSOR: { status: 400, retryable: false, message: 'The paging cursor is not one this server gave out.' },
  NOT_FOUND: { status: 404, retryable: false, message: 'There is nothing at this address.' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, message: 'This address does not take this method: see the header Allow.' },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false, message: 'The request is larger than this server takes.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false, message: 'Send JSON with content-type application/json.' },
  HEADERS_TOO_LARGE: { status: 431, retryable: false, message: 'The request headers are larger than this server takes.' },
  REQUEST_TIMEOUT: { status: 408, retryable: true, message: 'The request did not arrive in time.' },
  // who is asking
  UNAUTHENTICATED: { status: 401, retryable: false, message: 'Send a valid access token or API key as "Authorization: Bearer …".' },
  TOKEN_EXPIRED: { status: 401, retryable: false, message: 'The access token has expired: refresh it or log in again.' },
  INVALID_CREDENTIALS: { status: 401, retryable: false, message: 'The e-mail address or the password is wrong.' },
  REFRESH_TOKEN_INVALID: { status: 401, retryable: false, message: 'The refresh token is unknown, used up or expired: log in again.' },
  REFRESH_TOKEN_REUSED: {
    status: 401,
    retryable: false,
    message: 'The refresh token was used before, so the whole session is closed: log in again.',
  },
  FORBIDDEN: { status: 403, retryable: false, message: 'This account or key may not do that.' },
  EMAIL_TAKEN: { status: 409, retryable: false, message: 'An account with this e-mail address exists.' },
  API_KEY_NOT_FOUND: { status: 404, retryable: false, message: 'There is no such API key.' },
  API_KEY_LIMIT: { status: 409, retryable: false, message: 'This account has as many API keys as are allowed: revoke one first.' },
  USER_NOT_FOUND: { status: 404, retryable: false, message: 'There is no such user.' },
  // tasks
  TASK_NOT_FOUND: { status: 404, retryable: false, message: 'There is no such task.' },
  UNKNOWN_KIND: { status: 422, retryable: false, message: 'This network has no such task kind.' },
  INVALID_TASK_INPUT: { status: 422, retryable: false, message: "The task's input does not match the schema of its kind." },
  NO_CAPABLE_NODE: { status: 422, retryable: false, message: 'No registered node can run this task.' },
  PRICE_ABOVE_MAXIMUM: { status: 422, retryable: false, message: 'The quote is above the maximum price given with the task.' },
  INSUFFICIENT_FUNDS: { status: 402, retryable: false, message: 'The available balance does not cover the quote.' },
  TASK_NOT_CANCELLABLE: { status: 409, retryable: false, message: 'The task has ended, so it cannot be cancelled.' },
  TASK_NOT_ENDED: { status: 409, retryable: false, message: 'The task has not ended: only ended tasks are submitted again.' },
  TASK_INPUT_GONE: { status: 410, retryable: false, message: "The network does not keep this task's input any more." },
  RECEIPT_NOT_AVAILABLE: {
    status: 409,
    retryable: false,
    message: 'The task has not completed, and only completed tasks have a work receipt.',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, retryable: false, message: 'The idempotency key was used before with another request.' },
  VERIFICATION_UNAVAILABLE: { status: 422, retryable: false, message: 'This network does not offer that verification policy.' },
  // prices and swaps
  PRICE_STALE: { status: 503, retryable: true, message: 'There is no price of the token that is fresh enough.' },
  PRICE_DEVIATES: { status: 409, retryable: true, message: "The pool's price is too far from the oracle's." },
  SLIPPAGE_TOO_HIGH: { status: 422, retryable: false, message: 'The swap would give less than the least that was asked for.' },
  // settlement
  BATCH_NOT_FOUND: { status: 404, retryable: false, message: 'There is no such settlement batch.' },
  SETTLEMENT_OFF: { status: 404, retryable: false, message: 'This network does not settle on a chain.' },
  ACCOUNT_LINK_INVALID: {
    status: 422,
    retryable: false,
    message: 'The signature does not prove that you hold a full-access key of this NEAR account.',
  },
  ACCOUNT_LINKED_ELSEWHERE: { status: 409, retryable: false, message: 'This NEAR account is linked to another user.' },
  NO_NEAR_ACCOUNT: { status: 409, retryable: false, message: 'You have linked no NEAR account.' },
  NOTHING_TO_CLAIM: {
    status: 409,
    retryable: false,
    message: 'The rewards of this account that are final on chain and not claimed are less than the network claims.',
  },
  CLAIM_OPEN: {
    status: 409,
    retryable: true,
    message:
      'A claim of this account, which another user asked for, is under way and pays the account: ask again after details.retryAfterS.',
  },
  CLAIM_NOT_FOUND: { status: 404, retryable: false, message: 'There is no such claim.' },
  CHAIN_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'The chain does not answer: tasks go on, and this can be tried again later.',
  },
  // nodes
  NODE_NOT_FOUND: { status: 404, retryable: false, message: 'There is no such node.' },
  NODE_KEY_TAKEN: { status: 409, retryable: false, message: 'This public key belongs to a node of another operator.' },
  NODE_SIGNATURE_INVALID: { status: 401, retryable: false, message: "The signature does not verify with the node's public key." },
  NODE_FRAME_INVALID: { status: 400, retryable: false, message: 'The frame does not match the node protocol.' },
  NODE_SESSION_REPLACED: { status: 409, retryable: false, message: 'A newer session of the same node took over.' },
  NODE_NOT_CONNECTED: { status: 409, retryable: true, message: 'The node has no open session.' },
  // results, told to the node that sent them
  LEASE_UNKNOWN: { status: 404, retryable: false, message: 'No assignment has this lease.' },
  LEASE_LOST: {
    status: 409,
    retryable: false,
    message: 'The lease ended before the result came: the task was given to another node, cancelled, or has ended.',
  },
  LEASE_NOT_YOURS: { status: 403, retryable: false, message: 'This lease belongs to another node.' },
  RESULT_DUPLICATE: { status: 409, retryable: false, message: 'A result for this lease was accepted before.' },
  RESULT_INVALID: {
    status: 422,
    retryable: false,
    message: "The result does not match the schema of the task's kind, or claims more than the lease allows.",
  },
  // why an attempt failed
  EXECUTION_FAILED: { status: 500, retryable: true, message: 'The executor failed on the node.' },
  EXECUTION_TIMEOUT: { status: 504, retryable: true, message: 'The attempt ran into its time limit.' },
  EXECUTION_OUT_OF_MEMORY: { status: 500, retryable: true, message: 'The attempt ran into its memory limit.' },
  OUTPUT_TOO_LARGE: { status: 500, retryable: false, message: 'The output is larger than the task allows.' },
  TASK_INPUT_REJECTED: { status: 422, retryable: false, message: 'The executor cannot work with this input.' },
  NODE_LOST: { status: 503, retryable: true, message: 'The node went away while it held the task.' },
  LEASE_EXPIRED: { status: 504, retryable: true, message: 'The node did not answer before the lease ran out.' },
  NODE_REFUSED: { status: 503, retryable: true, message: 'The node gave the task back.' },
  CANCELLED: { status: 409, retryable: false, message: 'The task was cancelled.' },
  // the system
  RATE_LIMITED: { status: 429, retryable: true, message: 'Too many requests: try again after the time in Retry-After.' },
  OVERLOADED: { status: 503, retryable: true, message: 'The network is at its bound: try again after the time in Retry-After.' },
  UNAVAILABLE: { status: 503, retryable: true, message: 'A service this request needs is not answering.' },
  TIMEOUT: { status: 504, retryable: true, message: 'A service this request needs did not answer in time.' },
  SHUTTING_DOWN: { status: 503, retryable: true, message: 'This server is shutting down: try again.' },
  SLOW_CONSUMER: { status: 429, retryable: true, message: 'The connection does not read as fast as its subscriptions send.' },
  UPSTREAM_FAILED: { status: 502, retryable: true, message: 'The upstream this node forwards to failed.' },
  CONFIG_INVALID: { status: 500, retryable: false, message: 'The configuration is wrong.' },
  INTERNAL: { status: 500, retryable: true, message: 'Something went wrong on our side; the request id finds it in the log.' },
} as const satisfies Record<string, { status: number; retryable: boolean; message: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** The error shape of every HTTP answer with status ≥ 400 and of every refused frame. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; details?: unknown; requestId?: string };
}

/** The one error type that crosses function, bus and HTTP boundaries. Its status and wording come from {@link ERRORS}. */
export class DeaiError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /** @param details facts for the caller: JSON values only, no secrets. `details.hint` says what to do next. */
  constructor(code: ErrorCode, details?: Record<string, unknown>, options?: ErrorOptions) {
    super(ERRORS[code].message, options);
    this.name = 'DeaiError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  toBody(requestId?: string): ErrorBody {
    const { code, message, details } = this;
    return { error: { code, message, ...(details ? { details } : {}), ...(requestId ? { requestId } : {}) } };
  }
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
