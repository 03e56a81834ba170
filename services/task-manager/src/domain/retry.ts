import { ERRORS, type ErrorCode, isErrorCode } from '@deai/protocol';
import type { LiveTask } from './task.ts';

/** Ends of an attempt that say nothing about the task: the node or the network was at fault before any work was judged. */
const NOT_COUNTED = new Set<string>(['NODE_LOST', 'NODE_REFUSED', 'NODE_NOT_CONNECTED', 'SHUTTING_DOWN']);
/** Even those do not go on for ever. */
const MAX_LOST = 20;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;

export interface RetryDecision {
  retry: boolean;
  /** Wait before the next attempt. */
  delayMs: number;
  countsAsLost: boolean;
}

/** Whether a task gets another attempt after one ended with `code`, and after which wait. */
export function decideRetry(task: LiveTask, code: string, cause: 'requester' | 'node' | 'network'): RetryDecision {
  const countsAsLost = NOT_COUNTED.has(code);
  const lost = task.lost + (countsAsLost ? 1 : 0);
  const failed = task.attempt - lost;
  const retryable = cause !== 'requester' && isRetryable(code);
  const retry = retryable && failed < task.maxAttempts && lost <= MAX_LOST;
  const doublings = countsAsLost ? Math.max(0, lost - 3) : Math.max(0, failed - 1);
  const delayMs = countsAsLost && lost <= 3 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** doublings);
  return { retry, delayMs, countsAsLost };
}

function isRetryable(code: string): boolean {
  // A result that does not fit its schema is the node's fault: another node may do better.
  if (code === 'RESULT_INVALID' || code === 'OUTPUT_TOO_LARGE') return true;
  return isErrorCode(code) ? ERRORS[code as ErrorCode].retryable : true;
}
