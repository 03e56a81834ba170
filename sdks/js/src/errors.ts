import type { ErrorCode, Task } from '@deai/protocol';

/** Codes that this client adds to the server's: the request never got an answer that could be read. */
export type ClientErrorCode = 'CONNECTION_FAILED' | 'CLIENT_TIMEOUT' | 'INVALID_RESPONSE';
/** Servers newer than this client may send codes it does not know. */
export type ApiErrorCode = ErrorCode | ClientErrorCode | (string & {});

/** What a {@link DeaiApiError} is made from. */
export interface ApiErrorFacts {
  code: ApiErrorCode;
  status: number;
  message: string;
  details?: unknown;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** Every refusal of the server, and every request that got no answer (`status` 0). */
export class DeaiApiError extends Error {
  readonly code: ApiErrorCode;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly details: unknown;
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;
  /** True when the same request may succeed later. */
  readonly retryable: boolean;
  /** What the server asked to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor({ code, status, message, details, requestId, retryAfterMs, cause }: ApiErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DeaiApiError';
    this.code = code;
    this.status = status;
    this.details = details;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.retryable = isRetryable(code, status);
  }
}

/** A task that was waited for ended as `failed` or `cancelled`. */
export class TaskFailedError extends Error {
  readonly task: Task;
  /** Why the last attempt failed, such as `EXECUTION_TIMEOUT`. */
  readonly code: string;

  constructor(task: Task) {
    super(task.error?.message ?? `The task ended as ${task.status}.`);
    this.name = 'TaskFailedError';
    this.task = task;
    this.code = task.error?.code ?? task.status.toUpperCase();
  }
}

const RETRYABLE_STATUSES: readonly number[] = [0, 408, 429, 500, 502, 503, 504];
const NEVER: readonly string[] = ['INVALID_RESPONSE', 'CONFIG_INVALID', 'OUTPUT_TOO_LARGE'];

function isRetryable(code: string, status: number): boolean {
  return code === 'NODE_NOT_CONNECTED' || (RETRYABLE_STATUSES.includes(status) && !NEVER.includes(code));
}
