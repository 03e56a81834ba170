import { ACTION_FEES, type ActionFeeName } from '../vm/parameters.ts';
import { accountKind } from './account-id.ts';
import type { Action, DelegateAction } from './action.types.ts';

/** A fee and how many times it is due. */
export type DueFee = readonly [name: ActionFeeName, units: number];

/** Bytes that an access key's method names count for: each with a terminating zero. */
function methodNameBytes(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + Buffer.byteLength(name) + 1, 0);
}

/** What an action costs, by fee. Inner actions of a delegate action are not included. */
export function feesOf(action: Action, receiverId: string): DueFee[] {
  switch (action.kind) {
    case 'CreateAccount':
      return [['action_create_account', 1]];
    case 'DeployContract':
      return [
        ['action_deploy_contract', 1],
        ['action_deploy_contract_per_byte', action.code.length],
      ];
    case 'FunctionCall':
      return [
        ['action_function_call', 1],
        ['action_function_call_per_byte', Buffer.byteLength(action.method) + action.args.length],
      ];
    case 'Transfer':
      return transferFees(receiverId);
    case 'Stake':
      return [['action_stake', 1]];
    case 'AddKey':
      if (action.accessKey.permission.kind === 'FullAccess') return [['action_add_full_access_key', 1]];
      return [
        ['action_add_function_call_key', 1],
        ['action_add_function_call_key_per_byte', methodNameBytes(action.accessKey.permission.methodNames)],
      ];
    case 'DeleteKey':
      return [['action_delete_key', 1]];
    case 'DeleteAccount':
      return [['action_delete_account', 1]];
    case 'Delegate':
      return [['action_delegate', 1]];
  }
}

/** A transfer to an implicit account also pays for creating it. */
export function transferFees(receiverId: string): DueFee[] {
  const kind = accountKind(receiverId);
  const fees: DueFee[] = [['action_transfer', 1]];
  if (kind !== 'named') fees.push(['action_create_account', 1]);
  if (kind === 'near') fees.push(['action_add_full_access_key', 1]);
  return fees;
}

/** Gas to send an action, delegated ones included. */
function sendFee(action: Action, sir: boolean, receiverId: string): number {
  let gas = 0;
  for (const [name, units] of feesOf(action, receiverId)) {
    const fee = ACTION_FEES[name];
    gas += (sir ? fee.send_sir : fee.send_not_sir) * units;
  }
  if (action.kind !== 'Delegate') return gas;
  const innerSir = action.senderId === action.receiverId;
  return gas + action.actions.reduce((sum, inner) => sum + sendFee(inner, innerSir, action.receiverId), 0);
}

/** Gas to execute an action, without what a call burns and without delegated actions. */
export function execFee(action: Action, receiverId: string): number {
  return feesOf(action, receiverId).reduce((sum, [name, units]) => sum + ACTION_FEES[name].execution * units, 0);
}

/** Gas attached to the calls among the actions, delegated ones included. */
export function prepaidGas(actions: readonly Action[]): number {
  return actions.reduce((sum, action) => {
    if (action.kind === 'FunctionCall') return sum + action.gas;
    return action.kind === 'Delegate' ? sum + prepaidGas(action.actions) : sum;
  }, 0);
}

/** What a delegate action pays for sending on its inner receipt. */
export function delegatedSendFees(action: DelegateAction): number {
  const sir = action.senderId === action.receiverId;
  const receipt = ACTION_FEES.action_receipt_creation;
  const base = sir ? receipt.send_sir : receipt.send_not_sir;
  return action.actions.reduce((sum, inner) => sum + sendFee(inner, sir, action.receiverId), base);
}

/** Gas to execute a receipt with these actions, all that delegated ones will need included; without attached gas. */
export function receiptExecFees(actions: readonly Action[], receiverId: string): number {
  return actions.reduce((sum, action) => {
    const delegated = action.kind === 'Delegate' ? delegatedSendFees(action) + receiptExecFees(action.actions, action.receiverId) : 0;
    return sum + execFee(action, receiverId) + delegated;
  }, ACTION_FEES.action_receipt_creation.execution);
}

/** Gas to send a receipt with these actions. */
export function receiptSendFees(actions: readonly Action[], sir: boolean, receiverId: string): number {
  const receipt = ACTION_FEES.action_receipt_creation;
  return actions.reduce((sum, action) => sum + sendFee(action, sir, receiverId), sir ? receipt.send_sir : receipt.send_not_sir);
}

/** Yocto that go along with the actions. */
export function attachedDeposit(actions: readonly Action[]): bigint {
  let sum = 0n;
  for (const action of actions) {
    if (action.kind === 'FunctionCall' || action.kind === 'Transfer') sum += action.deposit;
    if (action.kind === 'Delegate') sum += attachedDeposit(action.actions);
  }
  return sum;
}
