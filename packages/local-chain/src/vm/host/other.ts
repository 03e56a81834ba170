import { HostError } from '../host-error.ts';
import { readAccountId } from './arguments.ts';
import type { HostState } from './host-state.ts';

/** Validators, and what this chain does not offer. */
export const OTHER_FUNCTIONS = {
  validator_stake(host: HostState, length: bigint, pointer: bigint, stakePointer: bigint): undefined {
    host.gas.pay('base');
    const accountId = readAccountId(host, length, pointer);
    host.gas.pay('validator_stake_base');
    host.writeU128(stakePointer, host.external.validatorStake(accountId));
  },
  validator_total_stake(host: HostState, stakePointer: bigint): undefined {
    host.gas.pay('base');
    host.gas.pay('validator_total_stake_base');
    host.writeU128(stakePointer, host.external.validatorTotalStake());
  },
  /** The gas counter of old instrumentations; the chain's own has replaced it. */
  gas: (_host: HostState, _ops: number): undefined => undefined,
  promise_batch_action_deploy_global_contract: unsupported('promise_batch_action_deploy_global_contract'),
  promise_batch_action_deploy_global_contract_by_account_id: unsupported('promise_batch_action_deploy_global_contract_by_account_id'),
  promise_batch_action_use_global_contract: unsupported('promise_batch_action_use_global_contract'),
  promise_batch_action_use_global_contract_by_account_id: unsupported('promise_batch_action_use_global_contract_by_account_id'),
  promise_batch_action_state_init: unsupported('promise_batch_action_state_init'),
  promise_batch_action_state_init_by_account_id: unsupported('promise_batch_action_state_init_by_account_id'),
  set_state_init_data_entry: unsupported('set_state_init_data_entry'),
};

function unsupported(name: string) {
  return (_host: HostState): never => {
    throw new HostError(`${name}: global contracts and deterministic accounts do not exist on the local chain`);
  };
}
