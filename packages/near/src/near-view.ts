import Type, { type Static, type TSchema } from 'typebox';
import { checked } from './checked.ts';
import type { ContractView, FinalBlock } from './near.types.ts';
import { NearError, NodeError } from './near-error.ts';
import { panicOf } from './panic.ts';
import { createRpc, type Rpc, type RpcOptions } from './rpc.ts';

/** Reads contracts. Every answer is checked against its schema. All of it rejects with NearError, or with the reason of the signal. */
export interface NearView {
  /** The last final block: reading several things at one block gives them as they were together. */
  finalBlock(signal?: AbortSignal): Promise<FinalBlock>;
  call<S extends TSchema>(call: ContractView<S>, signal?: AbortSignal): Promise<Static<S>>;
}

const BlockAnswer = Type.Object({
  header: Type.Object({
    hash: Type.String({ pattern: '^[1-9A-HJ-NP-Za-km-z]{32,44}$' }),
    height: Type.Integer({ minimum: 0 }),
    timestamp_nanosec: Type.String({ pattern: '^[0-9]{16,19}$' }),
  }),
});
const Bytes = Type.Array(Type.Integer({ minimum: 0, maximum: 255 }));
/** Nodes tell a contract's failure as an error, older ones as a field of the result. */
const QueryAnswer = Type.Object({ result: Type.Optional(Bytes), error: Type.Optional(Type.String()) });

export function createNearView(options: RpcOptions): NearView {
  return viewOf(createRpc(options));
}

/** The views of a node that is there already. */
export function viewOf(rpc: Rpc): NearView {
  return {
    async finalBlock(signal) {
      const { header } = checked(BlockAnswer, await rpc('block', { finality: 'final' }, { signal }), 'the NEAR node answered no block');
      return { hash: header.hash, height: header.height, atMs: Number(BigInt(header.timestamp_nanosec) / 1_000_000n) };
    },
    async call({ contract, method, args, schema, block }, signal) {
      const what = `${method} of ${contract}`;
      const params = {
        request_type: 'call_function',
        ...(block ? { block_id: block.hash } : { finality: 'final' }),
        account_id: contract,
        method_name: method,
        args_base64: Buffer.from(JSON.stringify(args)).toString('base64'),
      };
      const raw = await rpc('query', params, { signal }).catch((error: unknown) => {
        throw error instanceof NodeError && error.code === 'CONTRACT_EXECUTION_ERROR' ? failed(what, error.details.info) : error;
      });
      const answer = checked(QueryAnswer, raw, `the NEAR node answered no result of ${what}`);
      if (answer.error !== undefined || !answer.result) throw failed(what, answer.error);
      return checked(schema, jsonOf(answer.result), `${what} answered something else than expected`);
    },
  };
}

/** A view that failed, with the contract's own words when they are of this project's form. */
function failed(what: string, said: unknown): NearError {
  const panic = panicOf(typeof said === 'string' ? said : JSON.stringify(said ?? ''));
  return new NearError('failed', `${what} failed${panic === undefined ? '' : `: ${panic}`}`);
}

function jsonOf(bytes: readonly number[]): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
