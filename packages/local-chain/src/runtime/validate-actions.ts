import type { ActionsValidationError } from '../errors.types.ts';
import { LIMITS } from '../vm/parameters.ts';
import { isAccountId } from './account-id.ts';
import type { Action } from './action.types.ts';
import { prepaidGas } from './action-fees.ts';

/** What is wrong with a list of actions, whoever sends it; undefined if nothing. */
export function validateActions(actions: readonly Action[], maxTotalPrepaidGas: number): ActionsValidationError | undefined {
  if (actions.length > LIMITS.max_actions_per_receipt) {
    return { TotalNumberOfActionsExceeded: { total_number_of_actions: actions.length, limit: LIMITS.max_actions_per_receipt } };
  }
  if (actions.slice(0, -1).some((action) => action.kind === 'DeleteAccount')) return 'DeleteActionMustBeFinal';
  if (actions.filter((action) => action.kind === 'Delegate').length > 1) return 'DelegateActionMustBeOnlyOne';
  for (const action of actions) {
    const error = validateAction(action, maxTotalPrepaidGas);
    if (error !== undefined) return error;
  }
  const gas = prepaidGas(actions);
  if (gas > maxTotalPrepaidGas) return { TotalPrepaidGasExceeded: { total_prepaid_gas: gas, limit: maxTotalPrepaidGas } };
  return undefined;
}

function validateAction(action: Action, maxTotalPrepaidGas: number): ActionsValidationError | undefined {
  switch (action.kind) {
    case 'DeployContract':
      if (action.code.length <= LIMITS.max_contract_size) return undefined;
      return { ContractSizeExceeded: { size: action.code.length, limit: LIMITS.max_contract_size } };
    case 'FunctionCall':
      return validateCall(action.method, action.args, action.gas);
    case 'AddKey':
      return validateKey(action);
    case 'DeleteAccount':
      return isAccountId(action.beneficiaryId) ? undefined : { InvalidAccountId: { account_id: action.beneficiaryId } };
    case 'Stake':
      return action.publicKey.charCodeAt(0) === 0 ? undefined : { UnsuitableStakingKey: { public_key: 'secp256k1' } };
    case 'Delegate':
      return validateActions(action.actions, maxTotalPrepaidGas);
    default:
      return undefined;
  }
}

function validateCall(method: string, args: Uint8Array, gas: number): ActionsValidationError | undefined {
  const length = Buffer.byteLength(method);
  if (gas === 0) return 'FunctionCallZeroAttachedGas';
  if (length > LIMITS.max_length_method_name) {
    return { FunctionCallMethodNameLengthExceeded: { length, limit: LIMITS.max_length_method_name } };
  }
  if (args.length > LIMITS.max_arguments_length) {
    return { FunctionCallArgumentsLengthExceeded: { length: args.length, limit: LIMITS.max_arguments_length } };
  }
  return undefined;
}

function validateKey({ accessKey: { permission } }: Extract<Action, { kind: 'AddKey' }>): ActionsValidationError | undefined {
  if (permission.kind === 'FullAccess') return undefined;
  if (!isAccountId(permission.receiverId)) return { InvalidAccountId: { account_id: permission.receiverId } };
  let total = 0;
  for (const name of permission.methodNames) {
    const length = Buffer.byteLength(name);
    if (length > LIMITS.max_length_method_name) {
      return { AddKeyMethodNameLengthExceeded: { length, limit: LIMITS.max_length_method_name } };
    }
    total += length + 1;
  }
  if (total <= LIMITS.max_number_bytes_method_names) return undefined;
  return { AddKeyMethodNamesNumberOfBytesExceeded: { total_number_of_bytes: total, limit: LIMITS.max_number_bytes_method_names } };
}
