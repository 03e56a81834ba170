import type { BlockRecord } from '../chain.types.ts';
import { ViewError } from '../errors.types.ts';
import { handlerError, type RpcError } from './rpc-error.ts';

const SENTENCES: Record<ViewError['code'], (detail: string) => string> = {
  UNKNOWN_ACCOUNT: (id) => `account ${id} does not exist while viewing`,
  INVALID_ACCOUNT: (id) => `Account ID ${id} is invalid`,
  UNKNOWN_ACCESS_KEY: (key) => `Access key for public key ${key} has never been observed on the node`,
  NO_CONTRACT_CODE: (id) => `Contract code for contract ID #${id} has never been observed on the node`,
  TOO_LARGE_CONTRACT_STATE: (id) => `State of contract ${id} is too large to be viewed`,
  CONTRACT_EXECUTION_ERROR: (text) => `Function call returned an error: ${text}`,
};

const FIELDS: Record<ViewError['code'], string> = {
  UNKNOWN_ACCOUNT: 'requested_account_id',
  INVALID_ACCOUNT: 'requested_account_id',
  UNKNOWN_ACCESS_KEY: 'public_key',
  NO_CONTRACT_CODE: 'contract_account_id',
  TOO_LARGE_CONTRACT_STATE: 'contract_account_id',
  CONTRACT_EXECUTION_ERROR: 'vm_error',
};

/** A failed view as a handler error. */
export function viewHandlerError({ code, detail }: ViewError, { height, hash }: BlockRecord): RpcError {
  const info = { [FIELDS[code]]: detail, block_height: height, block_hash: hash };
  // Newer clients read the error itself, older ones its text.
  if (code === 'CONTRACT_EXECUTION_ERROR') Object.assign(info, { error: structured(detail) });
  return handlerError(code, info, SENTENCES[code](detail));
}

/**
 * A failed view as `query` answers it on NEAR: for two causes a result with `error`, kept there for old clients; near-api-js reads both.
 * @returns that result, or `undefined` for the other causes
 */
export function viewErrorResult({ code, detail }: ViewError, { height, hash }: BlockRecord): object | undefined {
  const tail = { logs: [], block_height: height, block_hash: hash };
  if (code === 'UNKNOWN_ACCESS_KEY') return { error: `access key ${detail} does not exist while viewing`, ...tail };
  if (code === 'CONTRACT_EXECUTION_ERROR') return { error: `wasm execution failed with error: ${detail}`, ...tail };
  return undefined;
}

/** @returns the error if it is the chain's. @throws it otherwise */
export function expectViewError(error: unknown): ViewError {
  if (error instanceof ViewError) return error;
  throw error;
}

/** The error in serde's form where its text is unambiguous, else as text. */
function structured(text: string): object {
  const [, method] = /MethodResolveError\((\w+)\)/.exec(text) ?? [];
  return method ? { MethodResolveError: method } : { ExecutionError: text };
}
