import { base58 } from '../crypto/base58.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { ActionErrorKind, FunctionCallError } from '../errors.types.ts';
import { prepareContract } from '../vm/prepare-contract.ts';
import { runContract } from '../vm/run-contract.ts';
import type { CallExternal, CallFailure, CallOutcome } from '../vm/vm.types.ts';
import type { FunctionCallAction } from './action.types.ts';
import { publicKeyBytes } from './public-key.ts';
import type { ActionReceipt } from './receipt.ts';
import type { Apply, ReceiptRun } from './receipt-run.ts';
import type { State } from './state.ts';
import { validateActions } from './validate-actions.ts';
import { yieldOf } from './yields.ts';

/** Runs a contract's method; its promises become new receipts. */
export const functionCall: Apply<FunctionCallAction> = (run, action, isLast) => {
  const { accountId, env, receipt } = run;
  const account = run.existing;
  const code = env.state.get('code', accountId);
  if (code === undefined) return { FunctionCallError: { CompilationError: { CodeDoesNotExist: { account_id: accountId } } } };
  const outcome = runContract(
    prepareContract(account.codeHash, code, env.instrumented),
    action.method,
    {
      chainId: env.chainId,
      currentAccountId: accountId,
      signerAccountId: receipt.signerId,
      signerPublicKey: publicKeyBytes(receipt.signerPublicKey),
      predecessorAccountId: receipt.predecessorId,
      refundToAccountId: receipt.refundTo ?? receipt.predecessorId,
      input: action.args,
      promiseResults: run.inputs,
      outputDataReceivers: isLast ? receipt.outputDataReceivers.map(({ receiverId }) => receiverId) : [],
      blockHeight: env.height,
      blockTimestampNs: env.timestampNs,
      epochHeight: env.epochHeight,
      accountBalance: account.amount,
      accountLockedBalance: account.locked,
      storageUsage: account.storageUsage,
      attachedDeposit: action.deposit,
      prepaidGas: action.gas,
      randomSeed: sha256(`${env.randomValue}/${receipt.id}`),
      codeHash: account.codeHash,
      isView: false,
    },
    externalOf(run),
  );
  run.gasBurnt += outcome.gasBurnt;
  run.gasUsed += outcome.gasUsed;
  run.contractGas += outcome.gasBurnt;
  run.logs.push(...outcome.logs);
  if (outcome.failure) return { FunctionCallError: failureView(outcome.failure) };
  run.update({ amount: outcome.balance, storageUsage: outcome.storageUsage });
  return send(run, outcome);
};

/** As in outcomes. */
export function failureView(failure: CallFailure): FunctionCallError {
  if (failure.kind === 'method') return { MethodResolveError: failure.message };
  return failure.kind === 'compilation' ? { CompilationError: { PrepareError: failure.message } } : { ExecutionError: failure.message };
}

/** Storage of an account for the length of a call. */
export function storageOf(state: State, accountId: string): Pick<CallExternal, 'storageGet' | 'storageSet' | 'storageRemove'> {
  const replace = (key: string, value: Uint8Array | undefined): Uint8Array | undefined => {
    const old = state.get('data', accountId, key);
    state.set('data', accountId, key, value);
    return old;
  };
  return {
    storageGet: (key) => state.get('data', accountId, key),
    storageSet: replace,
    storageRemove: (key) => replace(key, undefined),
  };
}

function externalOf(run: ReceiptRun): CallExternal {
  const { state } = run.env;
  const created = new Set<string>();
  return {
    ...storageOf(state, run.accountId),
    validatorStake: (accountId) => state.account(accountId)?.locked ?? 0n,
    validatorTotalStake: () => totalStake(state),
    newDataId() {
      const id = sha256(run.nextYieldSeed());
      created.add(base58(id));
      return id;
    },
    resumeYield(id, payload) {
      const dataId = base58(id);
      const waiting = created.has(dataId) || yieldOf(state, dataId)?.accountId === run.accountId;
      if (waiting) run.resumed.push({ dataId, payload });
      return waiting;
    },
  };
}

/** Yocto staked by all accounts. */
export function totalStake(state: State): bigint {
  let sum = 0n;
  for (const accountId of state.accountIds()) sum += state.account(accountId)?.locked ?? 0n;
  return sum;
}

/** Makes receipts of a contract's promises and ties those together that wait for one another. */
function send(run: ReceiptRun, outcome: CallOutcome): ActionErrorKind | undefined {
  const { receipt, env } = run;
  const receipts: (ActionReceipt & { inputDataIds: string[] })[] = outcome.receipts.map((promised) => ({
    kind: 'action',
    id: run.ids.next(),
    txHash: receipt.txHash,
    predecessorId: run.accountId,
    receiverId: promised.receiverId,
    signerId: receipt.signerId,
    signerPublicKey: receipt.signerPublicKey,
    gasPrice: receipt.gasPrice,
    outputDataReceivers: [],
    inputDataIds: promised.yieldDataId ? [base58(promised.yieldDataId)] : [],
    actions: promised.actions,
    isYield: promised.yieldDataId !== undefined,
    ...(promised.refundTo === undefined ? {} : { refundTo: promised.refundTo }),
  }));
  outcome.receipts.forEach(({ dependencies }, index) => {
    const waiting = receipts[index];
    for (const dependency of dependencies) {
      const dataId = run.ids.next();
      waiting?.inputDataIds.push(dataId);
      receipts[dependency]?.outputDataReceivers.push({ dataId, receiverId: waiting?.receiverId ?? '' });
    }
  });
  for (const { actions } of receipts) {
    const error = validateActions(actions, env.maxTotalPrepaidGas);
    if (error !== undefined) return { NewReceiptValidationError: { ActionsValidation: error } };
  }
  run.newReceipts.push(...receipts);
  const { returned } = outcome;
  if (returned.kind === 'receipt') run.returned = { kind: 'receipt', receipt: receipts[returned.index] as ActionReceipt };
  else run.returned = returned;
  return undefined;
}
