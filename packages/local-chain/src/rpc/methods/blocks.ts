import Type, { type Static } from 'typebox';
import type { BlockRecord } from '../../chain.types.ts';
import { blockOf } from '../block-reference.ts';
import { blockView, chunkHeaderView } from '../block-view.ts';
import { BlockId, BlockReferenceFields, defineMethod, Hash } from '../params.ts';
import type { RpcContext, RpcMethod } from '../rpc.types.ts';
import { handlerError } from '../rpc-error.ts';

const Reference = Type.Object(BlockReferenceFields);
const ChunkReference = Type.Union([
  Type.Object({ chunk_id: Hash }),
  Type.Object({ block_id: BlockId, shard_id: Type.Integer({ minimum: 0 }) }),
]);
const GasPrice = Type.Object({ block_id: Type.Optional(Type.Union([BlockId, Type.Null()])) });

function blockOfChunk(context: RpcContext, params: Static<typeof ChunkReference>): BlockRecord {
  if ('block_id' in params) {
    if (params.shard_id !== 0)
      throw handlerError('INVALID_SHARD_ID', { shard_id: params.shard_id }, `Shard id ${params.shard_id} does not exist`);
    return blockOf(context, params);
  }
  const block = context.chain.blockOfChunk(params.chunk_id);
  if (block) return block;
  throw handlerError('UNKNOWN_CHUNK', { chunk_hash: params.chunk_id }, `Chunk Missing (unavailable on the node): ${params.chunk_id}`);
}

function chunk(context: RpcContext, params: Static<typeof ChunkReference>): object {
  const { chain, validator } = context;
  const block = blockOfChunk(context, params);
  return {
    author: validator.accountId,
    header: chunkHeaderView(block),
    transactions: block.txHashes.map((hash) => chain.txOutcome(hash)?.transaction).filter(Boolean),
    receipts: block.receiptIds.map((id) => chain.receipt(id)).filter(Boolean),
  };
}

const byId = ([id]: readonly unknown[]) => ({ block_id: id });

/** Blocks, their only chunk, and the price of gas in them. */
export const blockMethods: Record<string, RpcMethod> = {
  block: defineMethod(Reference, (context, reference) => blockView(context, blockOf(context, reference)), byId),
  chunk: defineMethod(ChunkReference, chunk, ([id, shard]) =>
    Array.isArray(id) ? { block_id: id[0], shard_id: id[1] } : shard === undefined ? { chunk_id: id } : { block_id: id, shard_id: shard },
  ),
  gas_price: defineMethod(
    GasPrice,
    (context, { block_id: id }) => ({ gas_price: blockOf(context, id == null ? { finality: 'final' } : { block_id: id }).gasPriceYocto }),
    byId,
  ),
};
