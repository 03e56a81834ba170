import Type from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { blockMethods } from './methods/blocks.ts';
import { changeMethods } from './methods/changes.ts';
import { nodeMethods } from './methods/node.ts';
import { queryMethods } from './methods/query.ts';
import { sandboxMethods } from './methods/sandbox.ts';
import { transactionMethods } from './methods/transactions.ts';
import type { RpcContext, RpcMethod } from './rpc.types.ts';
import { internalError, methodNotFound, parseError, RpcError } from './rpc-error.ts';

const Request = Compile(
  Type.Object({
    jsonrpc: Type.Literal('2.0'),
    method: Type.String({ minLength: 1, maxLength: 100 }),
    params: Type.Optional(Type.Unknown()),
    id: Type.Optional(Type.Union([Type.String({ maxLength: 1_000 }), Type.Number(), Type.Null()])),
  }),
);

interface CompiledMethod extends RpcMethod {
  readonly validator: Validator;
}

const METHODS = compileAll({ ...queryMethods, ...transactionMethods, ...blockMethods, ...changeMethods, ...nodeMethods });
const SANDBOX_METHODS = compileAll(sandboxMethods);

/** What goes back over HTTP. */
export interface RpcReply {
  readonly httpStatus: number;
  readonly body: object;
}

function compileAll(methods: Record<string, RpcMethod>): ReadonlyMap<string, CompiledMethod> {
  return new Map(Object.entries(methods).map(([name, method]) => [name, { ...method, validator: Compile(method.params) }]));
}

/**
 * Answers one JSON-RPC request. Arrays of requests are refused, as by NEAR's nodes.
 * @param text - the body as it came
 */
export async function answerRpc(context: RpcContext, text: string): Promise<RpcReply> {
  let id: unknown = null;
  try {
    const request = parseRequest(text);
    id = request.id ?? null;
    const result = await call(context, request.method, request.params);
    return { httpStatus: 200, body: { jsonrpc: '2.0', result, id } };
  } catch (error) {
    const rpcError = error instanceof RpcError ? error : internalError((error as Error).message);
    return { httpStatus: rpcError.httpStatus, body: { jsonrpc: '2.0', error: rpcError.body, id } };
  }
}

function parseRequest(text: string): { method: string; params?: unknown; id?: unknown } {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    throw parseError('Failed parsing args: the body is no JSON');
  }
  if (Array.isArray(request)) throw parseError('Failed parsing args: batches are not supported, send one request at a time');
  if (!Request.Check(request)) throw parseError('JSON RPC Request format was expected');
  return request;
}

async function call(context: RpcContext, name: string, given: unknown): Promise<unknown> {
  const method = METHODS.get(name) ?? (context.sandbox ? SANDBOX_METHODS.get(name) : undefined);
  if (!method) throw methodNotFound(name);
  const params = Array.isArray(given) ? named(method, given) : given;
  if (!method.validator.Check(params)) throw parseError(`Failed parsing args: ${firstProblem(method.validator, params)}`);
  // JSON has no undefined.
  return (await method.run(context, params)) ?? null;
}

function named(method: RpcMethod, positional: unknown[]): unknown {
  if (method.named) return method.named(positional);
  // Some clients wrap the object of named parameters.
  return positional.length === 1 ? positional[0] : positional;
}

function firstProblem(validator: Validator, params: unknown): string {
  const [problem] = validator.Errors(params);
  return problem ? `${problem.instancePath || 'params'} ${problem.message}` : 'params do not fit the method';
}
