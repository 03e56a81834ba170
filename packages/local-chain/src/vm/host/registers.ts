import { fromBase58 } from '../../crypto/base58.ts';
import { type HostState, unsigned } from './host-state.ts';

/** Registers and the call's context. */
export const REGISTER_AND_CONTEXT_FUNCTIONS = {
  read_register(host: HostState, register: bigint, pointer: bigint): undefined {
    host.gas.pay('base');
    host.write(pointer, host.register(register));
  },
  register_len(host: HostState, register: bigint): bigint {
    host.gas.pay('base');
    const length = host.registerLength(register);
    return length === undefined ? -1n : BigInt(length);
  },
  write_register(host: HostState, register: bigint, length: bigint, pointer: bigint): undefined {
    host.gas.pay('base');
    host.setRegister(register, host.read(pointer, unsigned(length)).slice());
  },
  chain_id: (host: HostState, register: bigint) => putText(host, register, host.context.chainId),
  current_account_id: (host: HostState, register: bigint) => putText(host, register, host.context.currentAccountId),
  signer_account_id: (host: HostState, register: bigint) => putText(host, register, host.context.signerAccountId, 'signer_account_id'),
  signer_account_pk(host: HostState, register: bigint): undefined {
    host.gas.pay('base');
    host.forbidInView('signer_account_pk');
    host.setRegister(register, host.context.signerPublicKey);
  },
  predecessor_account_id: (host: HostState, register: bigint) =>
    putText(host, register, host.context.predecessorAccountId, 'predecessor_account_id'),
  refund_to_account_id: (host: HostState, register: bigint) =>
    putText(host, register, host.context.refundToAccountId, 'refund_to_account_id'),
  input(host: HostState, register: bigint): undefined {
    host.gas.pay('base');
    host.setRegisterShared(register, host.context.input);
  },
  block_index: (host: HostState) => plain(host, BigInt(host.context.blockHeight)),
  block_timestamp: (host: HostState) => plain(host, host.context.blockTimestampNs),
  epoch_height: (host: HostState) => plain(host, BigInt(host.context.epochHeight)),
  storage_usage: (host: HostState) => plain(host, BigInt(host.storageUsage)),
  current_contract_code(host: HostState, register: bigint): bigint {
    host.gas.pay('base');
    host.setRegister(register, fromBase58(host.context.codeHash));
    return 1n;
  },
  account_balance: (host: HostState, pointer: bigint) => putAmount(host, pointer, host.balance),
  account_locked_balance: (host: HostState, pointer: bigint) => putAmount(host, pointer, host.context.accountLockedBalance),
  attached_deposit: (host: HostState, pointer: bigint) => putAmount(host, pointer, host.context.attachedDeposit),
  prepaid_gas(host: HostState): bigint {
    host.gas.pay('base');
    host.forbidInView('prepaid_gas');
    return BigInt(host.context.prepaidGas);
  },
  used_gas(host: HostState): bigint {
    host.gas.pay('base');
    host.forbidInView('used_gas');
    return BigInt(host.gas.used);
  },
  random_seed(host: HostState, register: bigint): undefined {
    host.gas.pay('base');
    host.setRegister(register, host.context.randomSeed);
  },
};

function putText(host: HostState, register: bigint, text: string, forbiddenInView?: string): undefined {
  host.gas.pay('base');
  if (forbiddenInView !== undefined) host.forbidInView(forbiddenInView);
  host.setRegister(register, Buffer.from(text, 'latin1'));
}

function plain(host: HostState, value: bigint): bigint {
  host.gas.pay('base');
  return value;
}

function putAmount(host: HostState, pointer: bigint, amount: bigint): undefined {
  host.gas.pay('base');
  host.writeU128(pointer, amount);
}
