import { DeaiError } from '@deai/protocol';

const LOST_SQLSTATES = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25P03']);
const LOST_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Client was closed|Cannot use a pool after)/;
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Errors in which the statement certainly did not run. */
const NOT_RUN = new Set(['53300', '57P03', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);
const QUERY_CANCELLED = '57014';
/** Text that PostgreSQL does not store: a zero byte, half a surrogate pair. */
const UNSTORABLE_TEXT = new Set(['22021', '22P05']);

/** The SQLSTATE or socket code of any driver error; the empty string when it has none. */
export function errorCodeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Whether the connection, rather than the statement, is what failed. */
export function isConnectionLoss(error: unknown): boolean {
  const code = errorCodeOf(error);
  if (LOST_SQLSTATES.has(code) || SOCKET_CODES.has(code) || code.startsWith('08')) return true;
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  return error instanceof Error && LOST_MESSAGES.test(error.message);
}

/** Connection losses become `UNAVAILABLE`, cancelled statements `TIMEOUT`, unstorable text `INVALID_INPUT`; all else is returned as it is. */
export function toCallerError(error: unknown, { sent }: { sent: boolean }): unknown {
  if (error instanceof DeaiError) return error;
  const code = errorCodeOf(error);
  if (code === QUERY_CANCELLED) return new DeaiError('TIMEOUT', { service: 'database' }, { cause: error });
  if (UNSTORABLE_TEXT.has(code))
    return new DeaiError('INVALID_INPUT', { problem: 'text with a character that cannot be stored' }, { cause: error });
  if (!isConnectionLoss(error)) return error;
  const outcomeUnknown = sent && !NOT_RUN.has(code);
  return new DeaiError('UNAVAILABLE', { service: 'database', ...(outcomeUnknown ? { outcomeUnknown } : {}) }, { cause: error });
}

/** The address without its password, for messages. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (!/^postgres(ql)?:$/.test(parsed.protocol)) return '(not a postgres:// URL)';
    if (parsed.password) parsed.password = '***';
    return parsed.href;
  } catch {
    return '(not a postgres:// URL)';
  }
}
