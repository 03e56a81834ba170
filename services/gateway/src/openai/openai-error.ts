import { DeaiError, type ErrorCode, type OpenAiError } from '@deai/protocol';

/** Codes that OpenAI's clients know by other names. */
const CODES: Partial<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'invalid_api_key',
  TOKEN_EXPIRED: 'invalid_api_key',
  FORBIDDEN: 'insufficient_permissions',
  NOT_FOUND: 'unknown_url',
  RATE_LIMITED: 'rate_limit_exceeded',
  INSUFFICIENT_FUNDS: 'insufficient_quota',
};

const TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
};

interface Problem {
  path: string;
  problem?: string;
}

/** The error for a model that nobody on the network offers: 404 with OpenAI's code. */
export function modelNotFound(model: string): DeaiError {
  return new DeaiError('NOT_FOUND', { model });
}

/** An error in the shape that OpenAI's clients read. The request id is in the header `x-request-id`. */
export function formatOpenAiError(error: DeaiError): OpenAiError {
  const { details, status } = error;
  const type = TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  if (typeof details?.model === 'string' && error.code === 'NOT_FOUND') {
    const message = `The model '${details.model}' is not on offer on this network: GET /v1/models lists those that are.`;
    return { error: { message, type, param: 'model', code: 'model_not_found' } };
  }
  const [first] = Array.isArray(details?.problems) ? (details.problems as Problem[]) : [];
  const said = first ? `${error.message} ${first.path}: ${first.problem}.` : error.message;
  const message = typeof details?.hint === 'string' ? `${said} ${details.hint}` : said;
  return { error: { message, type, param: paramOf(first), code: CODES[error.code] ?? error.code.toLowerCase() } };
}

function paramOf(problem: Problem | undefined): string | null {
  return problem?.path.split('/')[1] || null;
}
