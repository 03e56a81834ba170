/** What stands behind `error` in a JSON-RPC answer, in nearcore's form. `code`, `message` and `data` are its older half. */
export interface RpcErrorBody {
  readonly name: 'HANDLER_ERROR' | 'REQUEST_VALIDATION_ERROR' | 'INTERNAL_ERROR';
  readonly cause: { readonly name: string; readonly info?: object };
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Thrown by methods; becomes the answer. */
export class RpcError extends Error {
  readonly body: RpcErrorBody;
  /** As nearcore answers: 200 for handler errors, so that clients read the body. */
  readonly httpStatus: number;
  constructor(body: RpcErrorBody, httpStatus: number) {
    super(body.cause.name);
    this.name = 'RpcError';
    this.body = body;
    this.httpStatus = httpStatus;
  }
}

/**
 * An error that the method knows.
 * @param name - the cause, e.g. `UNKNOWN_ACCOUNT`
 * @param data - the older half: a sentence, or an object where clients expect one
 */
export function handlerError(name: string, info: object | undefined, data: unknown): RpcError {
  const cause = info ? { name, info } : { name };
  // Clients repeat the request after a 408.
  return new RpcError({ name: 'HANDLER_ERROR', cause, code: -32000, message: 'Server error', data }, name === 'TIMEOUT_ERROR' ? 408 : 200);
}

/** The request is no JSON-RPC request, or its parameters are not the method's. */
export function parseError(reason: string): RpcError {
  const cause = { name: 'PARSE_ERROR', info: { error_message: reason } };
  return new RpcError({ name: 'REQUEST_VALIDATION_ERROR', cause, code: -32700, message: 'Parse error', data: reason }, 400);
}

/** There is no such method. */
export function methodNotFound(method: string): RpcError {
  const cause = { name: 'METHOD_NOT_FOUND', info: { method_name: method } };
  return new RpcError({ name: 'REQUEST_VALIDATION_ERROR', cause, code: -32601, message: 'Method not found', data: method }, 400);
}

/** Something failed that is not the client's fault. */
export function internalError(reason: string): RpcError {
  const cause = { name: 'INTERNAL_ERROR', info: { error_message: reason } };
  return new RpcError({ name: 'INTERNAL_ERROR', cause, code: -32000, message: 'Server error', data: reason }, 500);
}
