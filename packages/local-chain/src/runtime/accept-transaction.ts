import { verifySignature } from '../crypto/signature.ts';
import { type InvalidAccessKeyError, InvalidTxError, type InvalidTxErrorKind } from '../errors.types.ts';
import { LIMITS } from '../vm/parameters.ts';
import { isAccountId } from './account-id.ts';
import type { AccessKey, Action, PublicKey } from './action.types.ts';
import { attachedDeposit, prepaidGas, receiptExecFees, receiptSendFees } from './action-fees.ts';
import { type AcceptanceEnvironment, NONCES_PER_BLOCK } from './environment.ts';
import { publicKeyBytes, publicKeyText } from './public-key.ts';
import { type ActionReceipt, IdSource } from './receipt.ts';
import { missingStorageStake } from './storage-stake.ts';
import type { SignedTransaction } from './transaction.ts';
import { validateActions } from './validate-actions.ts';

/** What a transaction became. */
export interface AcceptedTransaction {
  readonly receipt: ActionReceipt;
  /** Gas and yocto for turning it into a receipt. */
  readonly gasBurnt: number;
  readonly tokensBurnt: bigint;
}

/**
 * Checks a transaction against the state, charges its signer and makes the receipt of it.
 * @throws InvalidTxError without having changed anything
 */
export function acceptTransaction(env: AcceptanceEnvironment, tx: SignedTransaction): AcceptedTransaction {
  checkForm(env, tx);
  const { state } = env;
  const account = state.account(tx.signerId);
  if (account === undefined) throw new InvalidTxError({ SignerDoesNotExist: { signer_id: tx.signerId } });
  const key = state.accessKey(tx.signerId, tx.publicKey);
  if (key === undefined) {
    return refuseKey({ AccessKeyNotFound: { account_id: tx.signerId, public_key: publicKeyText(tx.publicKey) } });
  }
  checkNonce(env, tx.nonce, key.nonce);

  const gasBurnt = receiptSendFees(tx.actions, tx.signerId === tx.receiverId, tx.receiverId);
  const gas = gasBurnt + receiptExecFees(tx.actions, tx.receiverId) + prepaidGas(tx.actions);
  const cost = BigInt(gas) * env.gasPrice + attachedDeposit(tx.actions);
  if (cost > account.amount) {
    throw new InvalidTxError({
      NotEnoughBalance: { signer_id: tx.signerId, balance: account.amount.toString(), cost: cost.toString() },
    });
  }
  const charged = { ...account, amount: account.amount - cost };
  const permission = spendAllowance(tx, key, cost);
  const missing = missingStorageStake(charged);
  if (missing > 0n) throw new InvalidTxError({ LackBalanceForState: { signer_id: tx.signerId, amount: missing.toString() } });
  const refusal = keyRefusal(key, tx.receiverId, tx.actions);
  if (refusal !== undefined) refuseKey(refusal);

  state.cause = { type: 'transaction_processing', tx_hash: tx.hash };
  state.setAccount(tx.signerId, charged);
  state.set('accessKey', tx.signerId, tx.publicKey, { nonce: tx.nonce, permission });
  return { receipt: receiptOf(env, tx), gasBurnt, tokensBurnt: BigInt(gasBurnt) * env.gasPrice };
}

function checkForm(env: AcceptanceEnvironment, tx: SignedTransaction): void {
  const refuse = (kind: InvalidTxErrorKind): never => {
    throw new InvalidTxError(kind);
  };
  if (!isAccountId(tx.signerId)) refuse({ InvalidSignerId: { signer_id: tx.signerId } });
  if (!isAccountId(tx.receiverId)) refuse({ InvalidReceiverId: { receiver_id: tx.receiverId } });
  if (!verifySignature(publicKeyBytes(tx.publicKey), tx.hashBytes, tx.signature)) refuse('InvalidSignature');
  if (tx.size > LIMITS.max_transaction_size) refuse({ TransactionSizeExceeded: { size: tx.size, limit: LIMITS.max_transaction_size } });
  const error = validateActions(tx.actions, env.maxTotalPrepaidGas);
  if (error !== undefined) refuse({ ActionsValidation: error });
}

function checkNonce(env: AcceptanceEnvironment, nonce: number, keyNonce: number): void {
  if (nonce <= keyNonce) throw new InvalidTxError({ InvalidNonce: { tx_nonce: nonce, ak_nonce: keyNonce } });
  const upperBound = env.height * NONCES_PER_BLOCK;
  if (nonce >= upperBound) throw new InvalidTxError({ NonceTooLarge: { tx_nonce: nonce, upper_bound: upperBound } });
}

function spendAllowance(tx: SignedTransaction, key: AccessKey, cost: bigint): AccessKey['permission'] {
  const { permission } = key;
  if (permission.kind === 'FullAccess' || permission.allowance === null) return permission;
  if (cost <= permission.allowance) return { ...permission, allowance: permission.allowance - cost };
  return refuseKey({
    NotEnoughAllowance: {
      account_id: tx.signerId,
      public_key: publicKeyText(tx.publicKey),
      allowance: permission.allowance.toString(),
      cost: cost.toString(),
    },
  });
}

function refuseKey(error: InvalidAccessKeyError): never {
  throw new InvalidTxError({ InvalidAccessKeyError: error });
}

/** Why a key does not permit these actions; undefined if it does. */
export function keyRefusal(key: AccessKey, receiverId: string, actions: readonly Action[]): InvalidAccessKeyError | undefined {
  const { permission } = key;
  if (permission.kind === 'FullAccess') return undefined;
  const [action] = actions;
  if (actions.length !== 1 || action?.kind !== 'FunctionCall') return 'RequiresFullAccess';
  if (action.deposit > 0n) return 'DepositWithFunctionCall';
  if (receiverId !== permission.receiverId) {
    return { ReceiverMismatch: { tx_receiver: receiverId, ak_receiver: permission.receiverId } };
  }
  if (permission.methodNames.length > 0 && !permission.methodNames.includes(action.method)) {
    return { MethodNameMismatch: { method_name: action.method } };
  }
  return undefined;
}

function receiptOf(env: AcceptanceEnvironment, tx: SignedTransaction): ActionReceipt {
  return {
    kind: 'action',
    id: new IdSource(tx.hash, env.height).next(),
    txHash: tx.hash,
    predecessorId: tx.signerId,
    receiverId: tx.receiverId,
    signerId: tx.signerId,
    signerPublicKey: tx.publicKey as PublicKey,
    gasPrice: env.gasPrice,
    outputDataReceivers: [],
    inputDataIds: [],
    actions: tx.actions,
    isYield: false,
  };
}
