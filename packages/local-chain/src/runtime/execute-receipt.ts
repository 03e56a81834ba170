import type { ExecutionStatusView } from '../chain.types.ts';
import type { ActionErrorKind } from '../errors.types.ts';
import { ACTION_FEES } from '../vm/parameters.ts';
import type { PromiseResult } from '../vm/vm.types.ts';
import { addKey, createAccount, deleteAccount, deleteKey, deployContract, stake, transfer } from './account-actions.ts';
import { accountKind } from './account-id.ts';
import type { Action } from './action.types.ts';
import { attachedDeposit, execFee, prepaidGas, receiptExecFees } from './action-fees.ts';
import { delegate } from './delegate-action.ts';
import type { BlockEnvironment } from './environment.ts';
import { functionCall } from './function-call.ts';
import { type ActionReceipt, type DataReceipt, refundReceipt, SYSTEM } from './receipt.ts';
import { ReceiptRun } from './receipt-run.ts';
import { missingStorageStake } from './storage-stake.ts';

/** What the execution of a receipt came to. */
export interface ReceiptOutcome {
  readonly status: ExecutionStatusView;
  readonly logs: readonly string[];
  readonly gasBurnt: number;
  readonly tokensBurnt: bigint;
  /** By how much all balances together shrank: what was burnt less the contract's reward, and refunds that nobody could take. */
  readonly supplyLost: bigint;
  /** Refunds included. */
  readonly newReceipts: readonly ActionReceipt[];
  readonly newData: readonly DataReceipt[];
}

/** Share of the gas burnt by a contract that its account earns. */
const BURNT_GAS_REWARD = { numerator: 3n, denominator: 10n };

interface Failure {
  readonly index: number | null;
  readonly kind: ActionErrorKind;
}

/** Executes all actions of a receipt, or undoes them all; then refunds what was not used. */
export function executeReceipt(env: BlockEnvironment, receipt: ActionReceipt, inputs: readonly PromiseResult[]): ReceiptOutcome {
  const { state } = env;
  state.cause = { type: 'receipt_processing', receipt_hash: receipt.id };
  const run = new ReceiptRun(env, receipt, inputs);
  const checkpoint = state.checkpoint();
  run.burn(ACTION_FEES.action_receipt_creation.execution);
  const failure = applyActions(run) ?? checkStorageStake(run);
  if (failure !== undefined) {
    state.rollback(checkpoint);
    run.newReceipts = [];
    run.resumed = [];
    run.returned = { kind: 'none' };
    run.gasUsed = run.gasBurnt;
  }
  const isRefund = receipt.predecessorId === SYSTEM;
  let supplyLost = 0n;
  if (isRefund) {
    restoreAllowance(run, failure);
    run.gasBurnt = 0;
    if (failure !== undefined) supplyLost = attachedDeposit(receipt.actions);
  } else {
    supplyLost = BigInt(run.gasBurnt) * receipt.gasPrice - rewardContract(run);
  }
  const newData = deliver(run, failure);
  const refunds = isRefund ? [] : refundsOf(run, failure);
  return {
    status: statusOf(run, failure),
    logs: run.logs,
    gasBurnt: run.gasBurnt,
    tokensBurnt: BigInt(run.gasBurnt) * receipt.gasPrice,
    supplyLost,
    newReceipts: [...run.newReceipts, ...refunds],
    newData,
  };
}

function applyActions(run: ReceiptRun): Failure | undefined {
  const { actions } = run.receipt;
  for (const [index, action] of actions.entries()) {
    run.burn(execFee(action, run.accountId));
    run.returned = { kind: 'none' };
    const kind = precheck(run, action) ?? apply(run, action, index === actions.length - 1);
    if (kind !== undefined) return { index, kind };
  }
  return undefined;
}

function precheck(run: ReceiptRun, action: Action): ActionErrorKind | undefined {
  const { accountId, account, receipt } = run;
  const missing: ActionErrorKind = { AccountDoesNotExist: { account_id: accountId } };
  if (action.kind === 'CreateAccount') return account && { AccountAlreadyExists: { account_id: accountId } };
  if (account === undefined) {
    const implicit = action.kind === 'Transfer' && receipt.actions.length === 1 && accountKind(accountId) !== 'named';
    return implicit && receipt.predecessorId !== SYSTEM ? undefined : missing;
  }
  const needsOwner = ['DeployContract', 'Stake', 'AddKey', 'DeleteKey', 'DeleteAccount'].includes(action.kind);
  if (needsOwner && run.actorId !== accountId) return { ActorNoPermission: { account_id: accountId, actor_id: run.actorId } };
  if (action.kind === 'DeleteAccount' && account.locked > 0n) return { DeleteAccountStaking: { account_id: accountId } };
  return undefined;
}

function apply(run: ReceiptRun, action: Action, isLast: boolean): ActionErrorKind | undefined {
  switch (action.kind) {
    case 'CreateAccount':
      return createAccount(run, action, isLast);
    case 'DeployContract':
      return deployContract(run, action, isLast);
    case 'FunctionCall':
      return functionCall(run, action, isLast);
    case 'Transfer':
      return transfer(run, action, isLast);
    case 'Stake':
      return stake(run, action, isLast);
    case 'AddKey':
      return addKey(run, action, isLast);
    case 'DeleteKey':
      return deleteKey(run, action, isLast);
    case 'DeleteAccount':
      return deleteAccount(run, action, isLast);
    case 'Delegate':
      return delegate(run, action, isLast);
  }
}

function checkStorageStake(run: ReceiptRun): Failure | undefined {
  const { account, accountId } = run;
  const missing = account === undefined ? 0n : missingStorageStake(account);
  if (missing === 0n) return undefined;
  return { index: null, kind: { LackBalanceForState: { account_id: accountId, amount: missing.toString() } } };
}

/** A gas refund also gives the key back what it had spent of its allowance. */
function restoreAllowance(run: ReceiptRun, failure: Failure | undefined): void {
  const { receipt, env } = run;
  if (failure !== undefined || receipt.signerId !== receipt.receiverId) return;
  const key = env.state.accessKey(receipt.signerId, receipt.signerPublicKey);
  const permission = key?.permission;
  if (key === undefined || permission?.kind !== 'FunctionCall' || permission.allowance === null) return;
  const allowance = permission.allowance + attachedDeposit(receipt.actions);
  env.state.set('accessKey', receipt.signerId, receipt.signerPublicKey, { ...key, permission: { ...permission, allowance } });
}

/** Returns the reward in yocto. */
function rewardContract(run: ReceiptRun): bigint {
  const { numerator, denominator } = BURNT_GAS_REWARD;
  const reward = ((BigInt(run.contractGas) * numerator) / denominator) * run.receipt.gasPrice;
  if (reward === 0n || run.account === undefined) return 0n;
  run.env.state.cause = { type: 'action_receipt_gas_reward', receipt_hash: run.receipt.id };
  run.update({ amount: run.account.amount + reward });
  return reward;
}

/** What a receipt gives to those that wait for it. If it returns a promise, that one takes over. */
function deliver(run: ReceiptRun, failure: Failure | undefined): DataReceipt[] {
  const { receipt, returned } = run;
  const base = { kind: 'data', txHash: receipt.txHash, predecessorId: receipt.receiverId } as const;
  const resumed = run.resumed.map(
    ({ dataId, payload }): DataReceipt => ({
      ...base,
      id: run.ids.next(),
      receiverId: receipt.receiverId,
      dataId,
      data: payload,
      isResume: true,
    }),
  );
  if (failure === undefined && returned.kind === 'receipt') {
    returned.receipt.outputDataReceivers.push(...receipt.outputDataReceivers);
    return resumed;
  }
  const value = returned.kind === 'value' ? returned.value : new Uint8Array();
  const data = failure === undefined ? value : null;
  const outputs = receipt.outputDataReceivers.map(
    ({ dataId, receiverId }): DataReceipt => ({ ...base, id: run.ids.next(), receiverId, dataId, data, isResume: false }),
  );
  return [...resumed, ...outputs];
}

/** The deposit goes back to who sent it if the receipt failed; unused gas to the signer. */
function refundsOf(run: ReceiptRun, failure: Failure | undefined): ActionReceipt[] {
  const { receipt } = run;
  const refunds: ActionReceipt[] = [];
  const deposit = failure === undefined ? 0n : attachedDeposit(receipt.actions);
  if (deposit > 0n) {
    refunds.push(refundReceipt(run.ids.next(), receipt.txHash, receipt.refundTo ?? receipt.predecessorId, deposit));
  }
  const prepaid = receiptExecFees(receipt.actions, receipt.receiverId) + prepaidGas(receipt.actions);
  const gas = BigInt(prepaid - run.gasUsed) * receipt.gasPrice;
  if (gas > 0n) refunds.push(refundReceipt(run.ids.next(), receipt.txHash, receipt.signerId, gas, receipt.signerPublicKey));
  return refunds;
}

function statusOf(run: ReceiptRun, failure: Failure | undefined): ExecutionStatusView {
  if (failure !== undefined) return { Failure: { ActionError: failure } };
  const { returned } = run;
  if (returned.kind === 'receipt') return { SuccessReceiptId: returned.receipt.id };
  return { SuccessValue: returned.kind === 'value' ? Buffer.from(returned.value).toString('base64') : '' };
}
