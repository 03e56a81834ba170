import { DeaiError, type ErrorCode } from '@deai/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'INVALID_JSON',
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_BAD_URL: 'NOT_FOUND',
  FST_ERR_MAX_PARAM_LENGTH: 'NOT_FOUND',
  FST_ERR_ASYNC_CONSTRAINT: 'NOT_FOUND',
};

/** Refusals that pass by themselves: a caller is told when to come again. */
const MAY_COME_AGAIN = new Set([429, 503, 504]);

/** The registry's error for whatever was thrown while handling a request; unknown errors become INTERNAL with their cause kept. */
export function toDeaiError(thrown: unknown): DeaiError {
  if (thrown instanceof DeaiError) return thrown;
  const error = thrown as Partial<FastifyError>;
  if (error.validation) {
    const problems = error.validation.slice(0, 10).map((p) => ({ path: p.instancePath || '/', problem: p.message, ...p.params }));
    return new DeaiError('INVALID_INPUT', { in: error.validationContext, problems }, { cause: thrown });
  }
  const code = FRAMEWORK_CODES[error.code ?? ''] ?? (error.statusCode === 400 ? 'INVALID_JSON' : 'INTERNAL');
  return new DeaiError(code, undefined, { cause: thrown });
}

/** How an error is written out: ours, or another API's shape. */
export type ErrorFormatter = (error: DeaiError, requestId: string) => unknown;

export const formatError: ErrorFormatter = (error, requestId) => error.toBody(requestId);

/** Answers with the registry's status and shape. Only INTERNAL errors are logged as errors. */
export function errorHandler(format: ErrorFormatter = formatError) {
  return async (thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const error = toDeaiError(thrown);
    if (error.code === 'INTERNAL') request.log.error({ err: error.cause ?? error, requestId: request.id }, 'request failed');
    const retryAfterS = error.details?.retryAfterS;
    if (error.retryable && MAY_COME_AGAIN.has(error.status)) {
      reply.header('retry-after', String(typeof retryAfterS === 'number' ? retryAfterS : 1));
    }
    if (error.status === 401) reply.header('www-authenticate', 'Bearer');
    reply.code(error.status).type('application/json; charset=utf-8');
    return format(error, request.id);
  };
}
