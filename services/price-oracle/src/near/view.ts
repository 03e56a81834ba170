import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { ReadError } from '../domain/ports.ts';
import { createRpc, type RpcOptions } from './rpc.ts';

/** A final block. */
export interface Block {
  hash: string;
  atMs: number;
}

export interface ViewCall<S extends TSchema> {
  contract: string;
  method: string;
  args: object;
  /** What the answer must look like. */
  schema: S;
  /** The block to read at; the last final one when left out. */
  block?: Block;
}

/** Reads contracts. Every answer is checked against its schema. All of it rejects with ReadError. */
export interface NearView {
  /** The last final block: reading several things at one block gives them as they were together. */
  finalBlock(signal: AbortSignal): Promise<Block>;
  call<S extends TSchema>(call: ViewCall<S>, signal: AbortSignal): Promise<Static<S>>;
}

const BlockAnswer = Type.Object({
  header: Type.Object({
    hash: Type.String({ pattern: '^[1-9A-HJ-NP-Za-km-z]{32,44}$' }),
    timestamp_nanosec: Type.String({ pattern: '^[0-9]{16,19}$' }),
  }),
});
const Bytes = Type.Array(Type.Integer({ minimum: 0, maximum: 255 }));
/** Nodes tell a contract's failure as an error, older ones as a field of the result. */
const QueryAnswer = Type.Object({ result: Type.Optional(Bytes), error: Type.Optional(Type.String()) });

export function createNearView(options: RpcOptions): NearView {
  const rpc = createRpc(options);
  return {
    async finalBlock(signal) {
      const { header } = checked(BlockAnswer, await rpc('block', { finality: 'final' }, signal), 'the NEAR node answered no block');
      return { hash: header.hash, atMs: Number(BigInt(header.timestamp_nanosec) / 1_000_000n) };
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
      const answer = checked(QueryAnswer, await rpc('query', params, signal), `the NEAR node answered no result of ${what}`);
      if (answer.error !== undefined || !answer.result) throw new ReadError(`${what} failed`);
      return checked(schema, jsonOf(answer.result), `${what} answered something else than expected`);
    },
  };
}

function checked<S extends TSchema>(schema: S, value: unknown, problem: string): Static<S> {
  if (Value.Check(schema, value)) return value as Static<S>;
  const [first] = Value.Errors(schema, value);
  throw new ReadError(`${problem}${first ? `: ${first.instancePath || 'it'} ${first.message}` : ''}`);
}

function jsonOf(bytes: readonly number[]): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
