import { createNearView, NearError, type NearView, type RpcOptions } from '@deai/near';
import { ReadError } from '../domain/ports.ts';

/** NEAR as sources read it: what it does not answer is a {@link ReadError} like any other. */
export function createReadingView(options: RpcOptions): NearView {
  const view = createNearView(options);
  return {
    finalBlock: (signal) => orReadError(view.finalBlock(signal)),
    call: (call, signal) => orReadError(view.call(call, signal)),
  };
}

async function orReadError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof NearError ? new ReadError(error.message, { cause: error }) : error;
  }
}
