import type { ActionFee } from '../vm/parameters.ts';
import {
  ACTION_FEES,
  LIMITS,
  MIN_ALLOWED_TOP_LEVEL_ACCOUNT_LENGTH,
  STORAGE_AMOUNT_PER_BYTE,
  STORAGE_NUM_BYTES_ACCOUNT,
  STORAGE_NUM_EXTRA_BYTES_RECORD,
  WASM_COSTS,
} from '../vm/parameters.ts';
import type { RpcContext } from './rpc.types.ts';

const { regular_op_cost, linear_op_base_cost, linear_op_unit_cost, ...EXT_COSTS } = WASM_COSTS;

const plain = ({ send_sir, send_not_sir, execution }: ActionFee): ActionFee => ({ send_sir, send_not_sir, execution });

/** Fees of actions under the names of nearcore's `ActionCreationConfigView`. */
const ACTION_CREATION = {
  create_account_cost: plain(ACTION_FEES.action_create_account),
  deploy_contract_cost: plain(ACTION_FEES.action_deploy_contract),
  deploy_contract_cost_per_byte: plain(ACTION_FEES.action_deploy_contract_per_byte),
  function_call_cost: plain(ACTION_FEES.action_function_call),
  function_call_cost_per_byte: plain(ACTION_FEES.action_function_call_per_byte),
  transfer_cost: plain(ACTION_FEES.action_transfer),
  stake_cost: plain(ACTION_FEES.action_stake),
  add_key_cost: {
    full_access_cost: plain(ACTION_FEES.action_add_full_access_key),
    function_call_cost: plain(ACTION_FEES.action_add_function_call_key),
    function_call_cost_per_byte: plain(ACTION_FEES.action_add_function_call_key_per_byte),
  },
  delete_key_cost: plain(ACTION_FEES.action_delete_key),
  delete_account_cost: plain(ACTION_FEES.action_delete_account),
  delegate_cost: plain(ACTION_FEES.action_delegate),
};

function runtimeConfig({ registrarId, maxTotalPrepaidGas }: RpcContext): object {
  return {
    storage_amount_per_byte: STORAGE_AMOUNT_PER_BYTE.toString(),
    transaction_costs: {
      action_receipt_creation_config: plain(ACTION_FEES.action_receipt_creation),
      data_receipt_creation_config: {
        base_cost: plain(ACTION_FEES.data_receipt_creation_base),
        cost_per_byte: plain(ACTION_FEES.data_receipt_creation_per_byte),
      },
      action_creation_config: ACTION_CREATION,
      storage_usage_config: { num_bytes_account: STORAGE_NUM_BYTES_ACCOUNT, num_extra_bytes_record: STORAGE_NUM_EXTRA_BYTES_RECORD },
      burnt_gas_reward: [3, 10],
      pessimistic_gas_price_inflation_ratio: [1, 1],
    },
    wasm_config: {
      ext_costs: EXT_COSTS,
      regular_op_cost,
      linear_op_base_cost,
      linear_op_unit_cost,
      grow_mem_cost: 1,
      limit_config: { ...LIMITS, max_total_prepaid_gas: maxTotalPrepaidGas },
    },
    account_creation_config: {
      min_allowed_top_level_account_length: MIN_ALLOWED_TOP_LEVEL_ACCOUNT_LENGTH,
      registrar_account_id: registrarId,
    },
  };
}

/** What protocol and genesis configuration have in common. Gas prices are constant, there is one validator and no reward. */
function commonConfig({ chain, validator }: RpcContext): object {
  const gasPrice = chain.head.gasPriceYocto;
  return {
    protocol_version: chain.protocolVersion,
    chain_id: chain.chainId,
    genesis_time: isoTime(chain.genesisTimeNanosec),
    genesis_height: chain.genesisHeight,
    num_block_producer_seats: 1,
    num_block_producer_seats_per_shard: [1],
    avg_hidden_validator_seats_per_shard: [0],
    dynamic_resharding: false,
    protocol_upgrade_stake_threshold: [4, 5],
    epoch_length: 43_200,
    gas_limit: chain.head.gasLimit,
    min_gas_price: gasPrice,
    max_gas_price: gasPrice,
    block_producer_kickout_threshold: 0,
    chunk_producer_kickout_threshold: 0,
    chunk_validator_only_kickout_threshold: 0,
    target_validator_mandates_per_shard: 1,
    online_min_threshold: [9, 10],
    online_max_threshold: [99, 100],
    gas_price_adjustment_rate: [0, 1],
    transaction_validity_period: 86_400,
    protocol_reward_rate: [0, 1],
    max_inflation_rate: [0, 1],
    num_blocks_per_year: 31_536_000,
    protocol_treasury_account: validator.accountId,
    fishermen_threshold: '0',
    minimum_stake_divisor: 10,
    minimum_stake_ratio: [1, 6_250],
    minimum_validators_per_shard: 1,
    max_kickout_stake_perc: 0,
    shuffle_shard_assignment_for_chunk_producers: false,
    shard_layout: { V0: { num_shards: 1, version: 0 } },
  };
}

/** Answer to `EXPERIMENTAL_protocol_config`. */
export function protocolConfigView(context: RpcContext): object {
  return { ...commonConfig(context), runtime_config: runtimeConfig(context) };
}

/** Answer to `EXPERIMENTAL_genesis_config`. */
export function genesisConfigView(context: RpcContext): object {
  const { chain, validator } = context;
  return {
    ...commonConfig(context),
    validators: [{ account_id: validator.accountId, public_key: validator.publicKey, amount: '0' }],
    total_supply: chain.block(chain.genesisHeight)?.totalSupplyYocto ?? chain.head.totalSupplyYocto,
    use_production_config: false,
    num_chunk_producer_seats: 1,
    num_chunk_validator_seats: 1,
    num_chunk_only_producer_seats: 0,
    chunk_producer_assignment_changes_limit: 0,
  };
}

/** Nanoseconds since 1970 as nearcore prints times. */
export function isoTime(nanosec: string): string {
  const nanos = BigInt(nanosec);
  const whole = new Date(Number(nanos / 1_000_000_000n) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`;
}
