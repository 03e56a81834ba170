import { HostError } from '../host-error.ts';
import { readAccountId } from './arguments.ts';
import type { HostFunction, HostState } from './host-state.ts';

/** Validators, and what is there for old contracts. */
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
};

/**
 * Stands for a host function that this chain does not have: global contracts, deterministic accounts, gas keys, and what later protocol
 * versions bring. Contracts are built with imports that they never call, so that only a call fails.
 */
export function missingFunction(name: string): HostFunction {
  return () => {
    throw new HostError(`the local chain has no host function ${name}`);
  };
}
