import type { Action, PublicKey } from '../../runtime/action.types.ts';
import { type DueFee, feesOf, transferFees } from '../../runtime/action-fees.ts';
import { fail, HostError } from '../host-error.ts';
import { ACTION_FEES, LIMITS } from '../parameters.ts';
import { decodeUtf8, readAccountId, readPublicKey } from './arguments.ts';
import { type HostState, unsigned } from './host-state.ts';

/** Actions appended to a promised receipt. */
export const PROMISE_ACTION_FUNCTIONS = {
  promise_batch_action_create_account(host: HostState, promise: bigint): undefined {
    start(host, 'promise_batch_action_create_account');
    append(host, receiptOf(host, promise), { kind: 'CreateAccount' });
  },
  promise_batch_action_deploy_contract(host: HostState, promise: bigint, length: bigint, pointer: bigint): undefined {
    start(host, 'promise_batch_action_deploy_contract');
    const code = host.readOrRegister(length, pointer).slice();
    if (code.length > LIMITS.max_contract_size) {
      throw new HostError(
        `The size of a contract code in DeployContract action ${code.length} exceeds the limit ${LIMITS.max_contract_size}`,
      );
    }
    append(host, receiptOf(host, promise), { kind: 'DeployContract', code });
  },
  promise_batch_action_function_call(
    host: HostState,
    promise: bigint,
    methodLength: bigint,
    methodPointer: bigint,
    argsLength: bigint,
    argsPointer: bigint,
    amountPointer: bigint,
    gas: bigint,
  ): undefined {
    functionCall(host, promise, methodLength, methodPointer, argsLength, argsPointer, amountPointer, gas, 0n);
  },
  promise_batch_action_function_call_weight: functionCall,
  promise_batch_action_transfer(host: HostState, promise: bigint, amountPointer: bigint): undefined {
    start(host, 'promise_batch_action_transfer');
    const deposit = host.readU128(amountPointer);
    const receipt = receiptOf(host, promise);
    const receiverId = receiverOf(host, receipt);
    payTogether(host, transferFees(receiverId), receiverId);
    host.deduct(deposit);
    push(host, receipt, { kind: 'Transfer', deposit });
  },
  promise_batch_action_stake(host: HostState, promise: bigint, amountPointer: bigint, keyLength: bigint, keyPointer: bigint): undefined {
    start(host, 'promise_batch_action_stake');
    const stake = host.readU128(amountPointer);
    const publicKey = readPublicKey(host, keyLength, keyPointer);
    const receipt = receiptOf(host, promise);
    host.gas.payAction('action_stake', receiverOf(host, receipt) === host.context.currentAccountId);
    push(host, receipt, { kind: 'Stake', stake, publicKey: valid(publicKey) });
  },
  promise_batch_action_add_key_with_full_access(
    host: HostState,
    promise: bigint,
    keyLength: bigint,
    keyPointer: bigint,
    nonce: bigint,
  ): undefined {
    start(host, 'promise_batch_action_add_key_with_full_access');
    const publicKey = readPublicKey(host, keyLength, keyPointer);
    const receipt = receiptOf(host, promise);
    host.gas.payAction('action_add_full_access_key', receiverOf(host, receipt) === host.context.currentAccountId);
    const accessKey = { nonce: unsigned(nonce), permission: { kind: 'FullAccess' } } as const;
    push(host, receipt, { kind: 'AddKey', publicKey: valid(publicKey), accessKey });
  },
  promise_batch_action_add_key_with_function_call(
    host: HostState,
    promise: bigint,
    keyLength: bigint,
    keyPointer: bigint,
    nonce: bigint,
    allowancePointer: bigint,
    receiverLength: bigint,
    receiverPointer: bigint,
    methodsLength: bigint,
    methodsPointer: bigint,
  ): undefined {
    start(host, 'promise_batch_action_add_key_with_function_call');
    const publicKey = readPublicKey(host, keyLength, keyPointer);
    const allowance = host.readU128(allowancePointer);
    const receiverId = readAccountId(host, receiverLength, receiverPointer);
    const methodNames = splitMethodNames(host.readOrRegister(methodsLength, methodsPointer));
    const receipt = receiptOf(host, promise);
    const permission = { kind: 'FunctionCall', allowance: allowance > 0n ? allowance : null, receiverId, methodNames } as const;
    const key = publicKey ?? ('' as PublicKey);
    const action: Action = { kind: 'AddKey', publicKey: key, accessKey: { nonce: unsigned(nonce), permission } };
    payEach(host, receipt, action);
    push(host, receipt, { ...action, publicKey: valid(publicKey) });
  },
  promise_batch_action_delete_key(host: HostState, promise: bigint, keyLength: bigint, keyPointer: bigint): undefined {
    start(host, 'promise_batch_action_delete_key');
    const publicKey = readPublicKey(host, keyLength, keyPointer);
    const receipt = receiptOf(host, promise);
    host.gas.payAction('action_delete_key', receiverOf(host, receipt) === host.context.currentAccountId);
    push(host, receipt, { kind: 'DeleteKey', publicKey: valid(publicKey) });
  },
  promise_batch_action_delete_account(host: HostState, promise: bigint, length: bigint, pointer: bigint): undefined {
    start(host, 'promise_batch_action_delete_account');
    const beneficiaryId = readAccountId(host, length, pointer);
    append(host, receiptOf(host, promise), { kind: 'DeleteAccount', beneficiaryId });
  },
};

function functionCall(
  host: HostState,
  promise: bigint,
  methodLength: bigint,
  methodPointer: bigint,
  argsLength: bigint,
  argsPointer: bigint,
  amountPointer: bigint,
  gas: bigint,
  gasWeight: bigint,
): undefined {
  start(host, 'promise_batch_action_function_call');
  const deposit = host.readU128(amountPointer);
  const method = host.readOrRegister(methodLength, methodPointer);
  if (method.length === 0) fail('EmptyMethodName');
  const args = host.readOrRegister(argsLength, argsPointer);
  const receipt = receiptOf(host, promise);
  const sir = receiverOf(host, receipt) === host.context.currentAccountId;
  host.gas.payAction('action_function_call', sir);
  host.gas.payAction('action_function_call_per_byte', sir, method.length + args.length);
  host.gas.prepay(unsigned(gas));
  host.deduct(deposit);
  pushFunctionCall(host, receipt, method, args, { gas: unsigned(gas), deposit, gasWeight: BigInt.asUintN(64, gasWeight) });
}

/** Appends a call that is paid for already. `method` and `args` are copied. */
export function pushFunctionCall(
  host: HostState,
  receipt: number,
  method: Uint8Array,
  args: Uint8Array,
  attached: { gas: number; deposit: bigint; gasWeight: bigint },
): void {
  push(host, receipt, { kind: 'FunctionCall', method: decodeUtf8(method, 'InvalidMethodName'), args: args.slice(), ...attached });
}

function start(host: HostState, name: string): void {
  host.gas.pay('base');
  host.forbidInView(name);
}

/** The index of the receipt behind a promise that is no joint one. */
function receiptOf(host: HostState, index: bigint): number {
  const promise = host.promises[unsigned(index)];
  if (promise === undefined) throw new HostError(`${BigInt.asUintN(64, index)} does not correspond to existing promises`);
  if (promise.joint) fail('CannotAppendActionToJointPromise');
  return promise.receipts[0] as number;
}

function receiverOf(host: HostState, receipt: number): string {
  return host.receipts[receipt]?.receiverId ?? '';
}

function push(host: HostState, receipt: number, action: Action): void {
  host.receipts[receipt]?.actions.push(action);
}

function append(host: HostState, receipt: number, action: Action): void {
  payEach(host, receipt, action);
  push(host, receipt, action);
}

function payEach(host: HostState, receipt: number, action: Action): void {
  const receiverId = receiverOf(host, receipt);
  for (const [name, units] of feesOf(action, receiverId)) host.gas.payAction(name, receiverId === host.context.currentAccountId, units);
}

function payTogether(host: HostState, fees: DueFee[], receiverId: string): void {
  const sir = receiverId === host.context.currentAccountId;
  let send = 0;
  let execution = 0;
  for (const [name, units] of fees) {
    send += (sir ? ACTION_FEES[name].send_sir : ACTION_FEES[name].send_not_sir) * units;
    execution += ACTION_FEES[name].execution * units;
  }
  host.gas.deduct(send, send + execution);
}

function valid(publicKey: PublicKey | undefined): PublicKey {
  return publicKey ?? fail('InvalidPublicKey');
}

/** Comma-separated; no bytes at all: no names. @throws HostError for an empty name */
function splitMethodNames(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  const names = decodeUtf8(bytes, 'InvalidMethodName').split(',');
  if (names.includes('')) fail('EmptyMethodName');
  return names;
}
