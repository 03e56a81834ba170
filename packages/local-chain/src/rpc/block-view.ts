import type { BlockRecord } from '../chain.types.ts';
import type { RpcContext } from './rpc.types.ts';

/** For the roots that a chain without light clients does not have. */
const NO_HASH = '1'.repeat(32);
const NO_SIGNATURE = `ed25519:${'1'.repeat(64)}`;

/** A block's only chunk. */
export function chunkHeaderView(block: BlockRecord): object {
  return {
    chunk_hash: block.chunkHash,
    prev_block_hash: block.prevHash,
    outcome_root: NO_HASH,
    prev_state_root: block.stateRoot,
    encoded_merkle_root: NO_HASH,
    encoded_length: 0,
    height_created: block.height,
    height_included: block.height,
    shard_id: 0,
    gas_used: block.gasUsed,
    gas_limit: block.gasLimit,
    rent_paid: '0',
    validator_reward: '0',
    balance_burnt: '0',
    outgoing_receipts_root: NO_HASH,
    tx_root: NO_HASH,
    validator_proposals: [],
    congestion_info: null,
    bandwidth_requests: null,
    signature: NO_SIGNATURE,
  };
}

function headerView(block: BlockRecord, protocolVersion: number): object {
  return {
    height: block.height,
    prev_height: block.prevHeight,
    epoch_id: block.epochId,
    next_epoch_id: block.nextEpochId,
    hash: block.hash,
    prev_hash: block.prevHash,
    prev_state_root: block.stateRoot,
    block_body_hash: NO_HASH,
    chunk_receipts_root: NO_HASH,
    chunk_headers_root: NO_HASH,
    chunk_tx_root: NO_HASH,
    outcome_root: NO_HASH,
    chunks_included: 1,
    challenges_root: NO_HASH,
    // As in NEAR a JSON number beyond 2^53: exact only in `timestamp_nanosec`.
    timestamp: Number(block.timestampNanosec),
    timestamp_nanosec: block.timestampNanosec,
    random_value: block.randomValue,
    validator_proposals: [],
    chunk_mask: [true],
    gas_price: block.gasPriceYocto,
    block_ordinal: block.height,
    rent_paid: '0',
    validator_reward: '0',
    total_supply: block.totalSupplyYocto,
    challenges_result: [],
    last_final_block: block.hash,
    last_ds_final_block: block.hash,
    next_bp_hash: NO_HASH,
    block_merkle_root: NO_HASH,
    epoch_sync_data_hash: null,
    approvals: [],
    signature: NO_SIGNATURE,
    latest_protocol_version: protocolVersion,
    chunk_endorsements: null,
  };
}

/** Answer to `block`. */
export function blockView({ chain, validator }: RpcContext, block: BlockRecord): object {
  return { author: validator.accountId, header: headerView(block, chain.protocolVersion), chunks: [chunkHeaderView(block)] };
}
