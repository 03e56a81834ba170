import { fail, HostError } from '../host-error.ts';
import { ACTION_FEES, LIMITS } from '../parameters.ts';
import { readAccountId } from './arguments.ts';
import { type HostState, unsigned } from './host-state.ts';
import { PROMISE_ACTION_FUNCTIONS, pushFunctionCall } from './promise-actions.ts';

/** Promises: outgoing receipts, their order, and the results of those before. */
export const PROMISE_FUNCTIONS = {
  promise_create(
    host: HostState,
    accountLength: bigint,
    accountPointer: bigint,
    methodLength: bigint,
    methodPointer: bigint,
    argsLength: bigint,
    argsPointer: bigint,
    amountPointer: bigint,
    gas: bigint,
  ): bigint {
    const promise = batchCreate(host, accountLength, accountPointer);
    PROMISE_ACTION_FUNCTIONS.promise_batch_action_function_call(
      host,
      promise,
      methodLength,
      methodPointer,
      argsLength,
      argsPointer,
      amountPointer,
      gas,
    );
    return promise;
  },
  promise_then(
    host: HostState,
    after: bigint,
    accountLength: bigint,
    accountPointer: bigint,
    methodLength: bigint,
    methodPointer: bigint,
    argsLength: bigint,
    argsPointer: bigint,
    amountPointer: bigint,
    gas: bigint,
  ): bigint {
    const promise = batchThen(host, after, accountLength, accountPointer);
    PROMISE_ACTION_FUNCTIONS.promise_batch_action_function_call(
      host,
      promise,
      methodLength,
      methodPointer,
      argsLength,
      argsPointer,
      amountPointer,
      gas,
    );
    return promise;
  },
  promise_and(host: HostState, pointer: bigint, count: bigint): bigint {
    host.gas.pay('base');
    host.forbidInView('promise_and');
    host.gas.pay('promise_and_base');
    const length = unsigned(count) * 8;
    host.gas.pay('promise_and_per_promise', length);
    const bytes = host.read(pointer, length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    const receipts: number[] = [];
    for (let offset = 0; offset < length; offset += 8) {
      receipts.push(...promiseAt(host, view.getBigUint64(offset, true)).receipts);
      if (receipts.length > LIMITS.max_number_input_data_dependencies) {
        throw new HostError(
          `The number of input data dependencies ${receipts.length} exceeds the limit ${LIMITS.max_number_input_data_dependencies}`,
        );
      }
    }
    return pushPromise(host, true, receipts);
  },
  promise_batch_create: batchCreate,
  promise_batch_then: batchThen,
  promise_set_refund_to(host: HostState, promise: bigint, length: bigint, pointer: bigint): undefined {
    host.gas.pay('base');
    host.forbidInView('promise_set_refund_to');
    const accountId = readAccountId(host, length, pointer);
    const { joint, receipts } = promiseAt(host, promise);
    const receipt = host.receipts[receipts[0] ?? -1];
    if (joint || receipt === undefined) fail('CannotSetRefundToOnJointPromise');
    receipt.refundTo = accountId;
  },
  promise_yield_create(
    host: HostState,
    methodLength: bigint,
    methodPointer: bigint,
    argsLength: bigint,
    argsPointer: bigint,
    gas: bigint,
    gasWeight: bigint,
    register: bigint,
  ): bigint {
    host.gas.pay('base');
    host.forbidInView('promise_yield_create');
    host.gas.pay('yield_create_base');
    const method = host.readOrRegister(methodLength, methodPointer);
    if (method.length === 0) fail('EmptyMethodName');
    const args = host.readOrRegister(argsLength, argsPointer);
    const bytes = method.length + args.length;
    host.gas.pay('yield_create_byte', bytes);
    host.gas.prepay(unsigned(gas));
    payNewReceipt(host, true, [true]);
    const yieldDataId = host.external.newDataId();
    host.receipts.push({ receiverId: host.context.currentAccountId, dependencies: [], actions: [], yieldDataId });
    const promise = pushPromise(host, false, [host.receipts.length - 1]);
    host.gas.payAction('action_function_call', true);
    host.gas.payAction('action_function_call_per_byte', true, bytes);
    pushFunctionCall(host, host.receipts.length - 1, method, args, { gas: unsigned(gas), deposit: 0n, gasWeight });
    host.setRegister(register, yieldDataId);
    return promise;
  },
  promise_yield_resume(host: HostState, idLength: bigint, idPointer: bigint, length: bigint, pointer: bigint): number {
    host.gas.pay('base');
    host.forbidInView('promise_submit_data');
    host.gas.pay('yield_resume_base');
    host.gas.pay('yield_resume_byte', unsigned(length));
    const dataId = host.readOrRegister(idLength, idPointer).slice();
    const payload = host.readOrRegister(length, pointer).slice();
    if (payload.length > LIMITS.max_yield_payload_size) {
      throw new HostError(`Yield resume payload is ${payload.length} bytes which exceeds the ${LIMITS.max_yield_payload_size} byte limit`);
    }
    if (dataId.length !== 32) fail('DataIdMalformed');
    return host.external.resumeYield(dataId, payload) ? 1 : 0;
  },
  promise_results_count(host: HostState): bigint {
    host.gas.pay('base');
    host.forbidInView('promise_results_count');
    return BigInt(host.context.promiseResults.length);
  },
  promise_result(host: HostState, index: bigint, register: bigint): bigint {
    host.gas.pay('base');
    host.forbidInView('promise_result');
    const result = host.context.promiseResults[unsigned(index)];
    if (result === undefined) throw new HostError(`Accessed invalid promise result index: ${BigInt.asUintN(64, index)}`);
    if (result.kind === 'failed') return 2n;
    host.setRegisterShared(register, result.value);
    return 1n;
  },
  promise_return(host: HostState, promise: bigint): undefined {
    host.gas.pay('base');
    host.gas.pay('promise_return');
    host.forbidInView('promise_return');
    const { joint, receipts } = promiseAt(host, promise);
    if (joint) fail('CannotReturnJointPromise');
    host.returned = { kind: 'receipt', index: receipts[0] as number };
  },
  value_return(host: HostState, length: bigint, pointer: bigint): undefined {
    host.gas.pay('base');
    const value = host.readOrRegister(length, pointer);
    if (value.length > LIMITS.max_length_returned_data) {
      throw new HostError(`The length of a returned value ${value.length} exceeds the limit ${LIMITS.max_length_returned_data}`);
    }
    const fee = ACTION_FEES.data_receipt_creation_per_byte;
    let gas = 0;
    for (const receiver of host.context.outputDataReceivers) {
      gas += ((receiver === host.context.currentAccountId ? fee.send_sir : fee.send_not_sir) + fee.execution) * value.length;
    }
    host.gas.burn(gas);
    host.returned = { kind: 'value', value: value.slice() };
  },
};

function promiseAt(host: HostState, index: bigint): HostState['promises'][number] {
  const promise = host.promises[unsigned(index)];
  if (promise === undefined) throw new HostError(`${BigInt.asUintN(64, index)} does not correspond to existing promises`);
  return promise;
}

function pushPromise(host: HostState, joint: boolean, receipts: readonly number[]): bigint {
  host.promises.push({ joint, receipts });
  if (host.promises.length > LIMITS.max_promises_per_function_call_action) {
    throw new HostError(
      `The number of promises within a FunctionCall ${host.promises.length} exceeds the limit ${LIMITS.max_promises_per_function_call_action}`,
    );
  }
  return BigInt(host.promises.length - 1);
}

/** Data receipts are paid for in full when they are asked for. */
function payNewReceipt(host: HostState, sir: boolean, dependenciesSir: readonly boolean[]): void {
  const receipt = ACTION_FEES.action_receipt_creation;
  const data = ACTION_FEES.data_receipt_creation_base;
  let burnt = sir ? receipt.send_sir : receipt.send_not_sir;
  for (const dependencySir of dependenciesSir) burnt += (dependencySir ? data.send_sir : data.send_not_sir) + data.execution;
  host.gas.deduct(burnt, burnt + receipt.execution);
}

function batchCreate(host: HostState, length: bigint, pointer: bigint): bigint {
  host.gas.pay('base');
  host.forbidInView('promise_batch_create');
  const receiverId = readAccountId(host, length, pointer);
  payNewReceipt(host, receiverId === host.context.currentAccountId, []);
  host.receipts.push({ receiverId, dependencies: [], actions: [] });
  return pushPromise(host, false, [host.receipts.length - 1]);
}

function batchThen(host: HostState, after: bigint, length: bigint, pointer: bigint): bigint {
  host.gas.pay('base');
  host.forbidInView('promise_batch_then');
  const receiverId = readAccountId(host, length, pointer);
  const dependencies = promiseAt(host, after).receipts;
  const sirs = dependencies.map((index) => host.receipts[index]?.receiverId === receiverId);
  payNewReceipt(host, receiverId === host.context.currentAccountId, sirs);
  host.receipts.push({ receiverId, dependencies, actions: [] });
  return pushPromise(host, false, [host.receipts.length - 1]);
}
