/**
 * Fees and limits under nearcore's names (`core/parameters/res/runtime_configs`), as of protocol version 85. All fees are in
 * gas. Only what this chain charges or enforces is listed.
 */

/** Protocol version that the parameters belong to and that the chain announces. */
export const PROTOCOL_VERSION = 85;

/** A fee has a part paid when the action is sent, by whether sender is receiver ("sir"), and a part paid when it is executed. */
export interface ActionFee {
  readonly send_sir: number;
  readonly send_not_sir: number;
  readonly execution: number;
}

const fee = (send_sir: number, send_not_sir: number, execution: number): ActionFee => ({ send_sir, send_not_sir, execution });

/** Fees of receipts and actions. */
export const ACTION_FEES = {
  action_receipt_creation: fee(108_059_500_000, 108_059_500_000, 108_059_500_000),
  data_receipt_creation_base: fee(36_486_732_312, 36_486_732_312, 36_486_732_312),
  data_receipt_creation_per_byte: fee(17_212_011, 47_683_715, 17_212_011),
  action_create_account: fee(500_000_000_000, 500_000_000_000, 7_200_000_000_000),
  action_delete_account: fee(147_489_000_000, 147_489_000_000, 147_489_000_000),
  action_deploy_contract: fee(184_765_750_000, 184_765_750_000, 184_765_750_000),
  action_deploy_contract_per_byte: fee(6_812_999, 47_683_715, 64_572_944),
  action_function_call: fee(200_000_000_000, 200_000_000_000, 780_000_000_000),
  action_function_call_per_byte: fee(2_235_934, 47_683_715, 2_235_934),
  action_transfer: fee(115_123_062_500, 115_123_062_500, 115_123_062_500),
  action_stake: fee(141_715_687_500, 141_715_687_500, 102_217_625_000),
  action_add_full_access_key: fee(101_765_125_000, 101_765_125_000, 101_765_125_000),
  action_add_function_call_key: fee(102_217_625_000, 102_217_625_000, 102_217_625_000),
  action_add_function_call_key_per_byte: fee(1_925_331, 47_683_715, 1_925_331),
  action_delete_key: fee(94_946_625_000, 94_946_625_000, 94_946_625_000),
  action_delegate: fee(200_000_000_000, 200_000_000_000, 200_000_000_000),
} as const satisfies Record<string, ActionFee>;

/** Name of a receipt or action fee. */
export type ActionFeeName = keyof typeof ACTION_FEES;

/** Gas of what a contract does: one WebAssembly instruction, and the parts of host functions. */
export const WASM_COSTS = {
  regular_op_cost: 822_756,
  linear_op_base_cost: 26_328_192,
  linear_op_unit_cost: 822_756,
  base: 264_768_111,
  contract_loading_base: 35_445_963,
  contract_loading_bytes: 1_089_295,
  read_memory_base: 2_609_863_200,
  read_memory_byte: 3_801_333,
  write_memory_base: 2_803_794_861,
  write_memory_byte: 2_723_772,
  read_register_base: 2_517_165_186,
  read_register_byte: 98_562,
  write_register_base: 2_865_522_486,
  write_register_byte: 3_801_564,
  utf8_decoding_base: 3_111_779_061,
  utf8_decoding_byte: 291_580_479,
  utf16_decoding_base: 3_543_313_050,
  utf16_decoding_byte: 163_577_493,
  sha256_base: 4_540_970_250,
  sha256_byte: 24_117_351,
  keccak256_base: 5_879_491_275,
  keccak256_byte: 21_471_105,
  keccak512_base: 5_811_388_236,
  keccak512_byte: 36_649_701,
  ripemd160_base: 853_675_086,
  ripemd160_block: 680_107_584,
  ecrecover_base: 278_821_988_457,
  ed25519_verify_base: 210_000_000_000,
  ed25519_verify_byte: 9_000_000,
  p256_verify_base: 1_300_000_000_000,
  p256_verify_byte: 13_000_000,
  log_base: 3_543_313_050,
  log_byte: 13_198_791,
  storage_write_base: 64_196_736_000,
  storage_write_key_byte: 70_482_867,
  storage_write_value_byte: 31_018_539,
  storage_write_evicted_byte: 32_117_307,
  storage_read_base: 56_356_845_749,
  storage_read_key_byte: 30_952_533,
  storage_read_value_byte: 5_611_004,
  storage_large_read_overhead_base: 1,
  storage_large_read_overhead_byte: 1,
  storage_remove_base: 53_473_030_500,
  storage_remove_key_byte: 38_220_384,
  storage_remove_ret_value_byte: 11_531_556,
  storage_has_key_base: 54_039_896_625,
  storage_has_key_byte: 30_790_845,
  touching_trie_node: 2_280_000_000,
  promise_and_base: 1_465_013_400,
  promise_and_per_promise: 5_452_176,
  promise_return: 560_152_386,
  validator_stake_base: 911_834_726_400,
  validator_total_stake_base: 911_834_726_400,
  alt_bn128_g1_multiexp_base: 713_000_000_000,
  alt_bn128_g1_multiexp_element: 320_000_000_000,
  alt_bn128_pairing_check_base: 9_686_000_000_000,
  alt_bn128_pairing_check_element: 5_102_000_000_000,
  alt_bn128_g1_sum_base: 3_000_000_000,
  alt_bn128_g1_sum_element: 5_000_000_000,
  yield_create_base: 153_411_779_276,
  yield_create_byte: 15_643_988,
  yield_resume_base: 1_195_627_285_210,
  yield_resume_byte: 47_683_715,
  bls12381_p1_sum_base: 16_500_000_000,
  bls12381_p1_sum_element: 6_000_000_000,
  bls12381_p2_sum_base: 18_600_000_000,
  bls12381_p2_sum_element: 15_000_000_000,
  bls12381_g1_multiexp_base: 16_500_000_000,
  bls12381_g1_multiexp_element: 930_000_000_000,
  bls12381_g2_multiexp_base: 18_600_000_000,
  bls12381_g2_multiexp_element: 1_995_000_000_000,
  bls12381_map_fp_to_g1_base: 1_500_000_000,
  bls12381_map_fp_to_g1_element: 252_000_000_000,
  bls12381_map_fp2_to_g2_base: 1_500_000_000,
  bls12381_map_fp2_to_g2_element: 900_000_000_000,
  bls12381_pairing_base: 2_130_000_000_000,
  bls12381_pairing_element: 2_130_000_000_000,
  bls12381_p1_decompress_base: 15_000_000_000,
  bls12381_p1_decompress_element: 81_000_000_000,
  bls12381_p2_decompress_base: 15_000_000_000,
  bls12381_p2_decompress_element: 165_000_000_000,
} as const;

/** Limits of contracts, receipts and transactions: bytes, counts and gas. */
export const LIMITS = {
  max_gas_burnt: 1_000_000_000_000_000,
  max_gas_burnt_view: 1_000_000_000_000_000,
  max_stack_height: 262_144,
  initial_memory_pages: 1_024,
  max_memory_pages: 2_048,
  registers_memory_limit: 1_073_741_824,
  max_register_size: 104_857_600,
  max_number_registers: 100,
  max_number_logs: 100,
  max_total_log_length: 16_384,
  max_actions_per_receipt: 100,
  max_number_bytes_method_names: 2_000,
  max_length_method_name: 256,
  max_arguments_length: 4_194_304,
  max_length_returned_data: 4_194_304,
  max_contract_size: 4_194_304,
  max_transaction_size: 1_572_864,
  max_length_storage_key: 2_048,
  max_length_storage_value: 4_194_304,
  max_promises_per_function_call_action: 1_024,
  max_number_input_data_dependencies: 128,
  max_functions_number_per_contract: 10_000,
  max_locals_per_contract: 1_000_000,
  max_tables_per_contract: 1,
  max_elements_per_contract_table: 10_000,
  max_function_body_size: 196_608,
  yield_timeout_length_in_blocks: 200,
  max_yield_payload_size: 1_024,
} as const;

/** Yocto locked for each byte that an account stores. */
export const STORAGE_AMOUNT_PER_BYTE = 10n ** 19n;
/** Bytes an account counts by existing. */
export const STORAGE_NUM_BYTES_ACCOUNT = 100;
/** Bytes a record counts besides its key and value. */
export const STORAGE_NUM_EXTRA_BYTES_RECORD = 40;
/** Values longer than this live outside the trie's leaf and cost an overhead to read. */
export const INLINE_DISK_VALUE_THRESHOLD = 4_000;
/** Top-level accounts shorter than this are for the registrar alone. */
export const MIN_ALLOWED_TOP_LEVEL_ACCOUNT_LENGTH = 65;
/** An account with less storage than this may live without balance (zero-balance accounts, NEP-448). */
export const ZERO_BALANCE_ACCOUNT_STORAGE_LIMIT = 770;
