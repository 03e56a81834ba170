import type { BlockRecord } from '../chain.types.ts';
import type { BlockReference } from './params.ts';
import type { RpcContext } from './rpc.types.ts';
import { handlerError, parseError } from './rpc-error.ts';

/** The block that is meant. Blocks are final at once, so every finality is the newest block. @throws RpcError UNKNOWN_BLOCK, PARSE_ERROR */
export function blockOf({ chain }: RpcContext, { block_id: blockId, finality, sync_checkpoint: checkpoint }: BlockReference): BlockRecord {
  if (blockId !== undefined && blockId !== null) return chain.block(blockId) ?? unknownBlock({ block_id: blockId });
  if (finality) return chain.head;
  if (checkpoint) return chain.block(chain.genesisHeight) ?? unknownBlock({ sync_checkpoint: checkpoint });
  throw parseError('Failed parsing args: give one of block_id, finality, sync_checkpoint');
}

/**
 * As `blockOf`, for questions about state, which is that of the newest block alone.
 * @throws RpcError GARBAGE_COLLECTED_BLOCK for an older block
 */
export function headOf(context: RpcContext, reference: BlockReference): BlockRecord {
  const block = blockOf(context, reference);
  if (block.hash === context.chain.head.hash) return block;
  throw handlerError(
    'GARBAGE_COLLECTED_BLOCK',
    { block_height: block.height, block_hash: block.hash },
    `The data for block #${block.height} is garbage collected on this node, use an archival node to fetch historical data`,
  );
}

function unknownBlock(reference: BlockReference): never {
  const { block_id: id } = reference;
  const where = typeof id === 'number' ? `BLOCK HEIGHT: ${id} \n Cause: Unknown` : `BLOCK HEADER: ${id ?? reference.sync_checkpoint}`;
  throw handlerError('UNKNOWN_BLOCK', { block_reference: reference }, `DB Not Found Error: ${where}`);
}
