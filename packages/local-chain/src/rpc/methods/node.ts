import Type, { type Static } from 'typebox';
import { blockOf } from '../block-reference.ts';
import { genesisConfigView, isoTime, protocolConfigView } from '../config-view.ts';
import { BlockId, BlockReferenceFields, defineMethod, Hash } from '../params.ts';
import type { RpcContext, RpcMethod } from '../rpc.types.ts';
import { handlerError } from '../rpc-error.ts';

/** Whatever a client sends where a method takes nothing. */
const Nothing = Type.Unknown();
const Reference = Type.Object(BlockReferenceFields);
const Validators = Type.Union([
  Type.Literal('latest'),
  Type.Object({ epoch_id: Hash }),
  Type.Object({ block_id: Type.Union([BlockId, Type.Null()]) }),
]);

const nothing = () => null;

/** Answer to `status`, also by GET. */
export function statusView({ chain, validator, startedAtMs, rpcAddress }: RpcContext): object {
  const { head } = chain;
  const genesis = chain.block(chain.genesisHeight);
  return {
    version: { version: 'deai-local-chain', build: 'unknown', commit: 'unknown', rustc_version: 'none' },
    chain_id: chain.chainId,
    protocol_version: chain.protocolVersion,
    latest_protocol_version: chain.protocolVersion,
    genesis_hash: chain.genesisHash,
    rpc_addr: rpcAddress(),
    validators: [{ account_id: validator.accountId, is_slashed: false }],
    sync_info: {
      latest_block_hash: head.hash,
      latest_block_height: head.height,
      latest_state_root: head.stateRoot,
      latest_block_time: isoTime(head.timestampNanosec),
      syncing: false,
      earliest_block_hash: chain.genesisHash,
      earliest_block_height: chain.genesisHeight,
      earliest_block_time: isoTime(genesis?.timestampNanosec ?? chain.genesisTimeNanosec),
      epoch_id: head.epochId,
      epoch_start_height: chain.genesisHeight,
    },
    validator_account_id: validator.accountId,
    validator_public_key: validator.publicKey,
    node_public_key: validator.publicKey,
    node_key: validator.publicKey,
    uptime_sec: Math.floor((Date.now() - startedAtMs) / 1_000),
    detailed_debug_status: null,
  };
}

function validators(context: RpcContext, params: Static<typeof Validators>): object {
  const { chain, validator } = context;
  const block = typeof params === 'object' && 'block_id' in params && params.block_id !== null ? blockOf(context, params) : chain.head;
  if (typeof params === 'object' && 'epoch_id' in params && ![chain.head.epochId, chain.head.nextEpochId].includes(params.epoch_id)) {
    throw handlerError('UNKNOWN_EPOCH', undefined, 'Epoch not found');
  }
  const made = block.height - chain.genesisHeight;
  const identity = { account_id: validator.accountId, public_key: validator.publicKey, stake: '0', shards: [0] };
  return {
    current_validators: [
      {
        ...identity,
        is_slashed: false,
        num_produced_blocks: made,
        num_expected_blocks: made,
        num_produced_chunks: made,
        num_expected_chunks: made,
        num_produced_chunks_per_shard: [made],
        num_expected_chunks_per_shard: [made],
        num_produced_endorsements: 0,
        num_expected_endorsements: 0,
        num_produced_endorsements_per_shard: [0],
        num_expected_endorsements_per_shard: [0],
        shards_endorsed: [],
      },
    ],
    next_validators: [identity],
    current_fishermen: [],
    next_fishermen: [],
    current_proposals: [],
    prev_epoch_kickout: [],
    epoch_start_height: chain.genesisHeight,
    epoch_height: 1,
  };
}

function networkInfo(): object {
  return {
    active_peers: [],
    num_active_peers: 0,
    peer_max_count: 0,
    sent_bytes_per_sec: 0,
    received_bytes_per_sec: 0,
    known_producers: [],
  };
}

const protocolConfig = defineMethod(
  Reference,
  (context, reference) => {
    blockOf(context, reference);
    return protocolConfigView(context);
  },
  ([id]) => ({ block_id: id }),
);
const genesisConfig = defineMethod(Nothing, genesisConfigView, nothing);

/** What the node tells of itself and its network. */
export const nodeMethods: Record<string, RpcMethod> = {
  status: defineMethod(Nothing, statusView, nothing),
  health: defineMethod(Nothing, nothing, nothing),
  network_info: defineMethod(Nothing, networkInfo, nothing),
  validators: defineMethod(Validators, validators, ([id]) => ({ block_id: id ?? null })),
  EXPERIMENTAL_protocol_config: protocolConfig,
  genesis_config: genesisConfig,
  EXPERIMENTAL_genesis_config: genesisConfig,
};
