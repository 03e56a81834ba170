/**
 * Errors as nearcore serialises them to JSON: a unit variant is its name, any other is an object with one key. Amounts are base-10
 * strings of yoctoNEAR, keys `ed25519:<base58>`.
 */

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Why an access key does not permit a transaction or a delegate action. */
export type InvalidAccessKeyError =
  | 'RequiresFullAccess'
  | 'DepositWithFunctionCall'
  | { AccessKeyNotFound: { account_id: string; public_key: string } }
  | { ReceiverMismatch: { tx_receiver: string; ak_receiver: string } }
  | { MethodNameMismatch: { method_name: string } }
  | { NotEnoughAllowance: { account_id: string; public_key: string; allowance: string; cost: string } };

/** What is wrong with the list of actions before anything is executed. */
export type ActionsValidationError =
  | 'DeleteActionMustBeFinal'
  | 'IntegerOverflow'
  | 'FunctionCallZeroAttachedGas'
  | 'DelegateActionMustBeOnlyOne'
  | { TotalPrepaidGasExceeded: { total_prepaid_gas: number; limit: number } }
  | { TotalNumberOfActionsExceeded: { total_number_of_actions: number; limit: number } }
  | { AddKeyMethodNamesNumberOfBytesExceeded: { total_number_of_bytes: number; limit: number } }
  | { AddKeyMethodNameLengthExceeded: { length: number; limit: number } }
  | { InvalidAccountId: { account_id: string } }
  | { ContractSizeExceeded: { size: number; limit: number } }
  | { FunctionCallMethodNameLengthExceeded: { length: number; limit: number } }
  | { FunctionCallArgumentsLengthExceeded: { length: number; limit: number } }
  | { UnsuitableStakingKey: { public_key: string } }
  | { UnsupportedProtocolFeature: { protocol_feature: string; version: number } };

/** Why a signed transaction was refused before it got into a block. */
export type InvalidTxErrorKind =
  | 'InvalidSignature'
  | 'CostOverflow'
  | 'InvalidChain'
  | 'Expired'
  | 'InvalidTransactionVersion'
  | { InvalidAccessKeyError: InvalidAccessKeyError }
  | { InvalidSignerId: { signer_id: string } }
  | { SignerDoesNotExist: { signer_id: string } }
  | { InvalidNonce: { tx_nonce: number; ak_nonce: number } }
  | { NonceTooLarge: { tx_nonce: number; upper_bound: number } }
  | { InvalidReceiverId: { receiver_id: string } }
  | { NotEnoughBalance: { signer_id: string; balance: string; cost: string } }
  | { LackBalanceForState: { signer_id: string; amount: string } }
  | { ActionsValidation: ActionsValidationError }
  | { TransactionSizeExceeded: { size: number; limit: number } };

/** Why a function call failed. Guest and host errors arrive as text in `ExecutionError`, as in nearcore. */
export type FunctionCallError =
  | { ExecutionError: string }
  | { CompilationError: { CodeDoesNotExist: { account_id: string } } | { PrepareError: string } | { WasmerCompileError: { msg: string } } }
  | { MethodResolveError: 'MethodNotFound' | 'MethodEmptyName' | 'MethodInvalidSignature' };

/** Why an action of a receipt failed. */
export type ActionErrorKind =
  | 'DelegateActionInvalidSignature'
  | 'DelegateActionExpired'
  | { AccountAlreadyExists: { account_id: string } }
  | { AccountDoesNotExist: { account_id: string } }
  | { CreateAccountOnlyByRegistrar: { account_id: string; registrar_account_id: string; predecessor_id: string } }
  | { CreateAccountNotAllowed: { account_id: string; predecessor_id: string } }
  | { ActorNoPermission: { account_id: string; actor_id: string } }
  | { DeleteKeyDoesNotExist: { account_id: string; public_key: string } }
  | { AddKeyAlreadyExists: { account_id: string; public_key: string } }
  | { DeleteAccountStaking: { account_id: string } }
  | { LackBalanceForState: { account_id: string; amount: string } }
  | { TriesToUnstake: { account_id: string } }
  | { TriesToStake: { account_id: string; stake: string; locked: string; balance: string } }
  | { InsufficientStake: { account_id: string; stake: string; minimum_stake: string } }
  | { FunctionCallError: FunctionCallError }
  | { NewReceiptValidationError: Json }
  | { OnlyImplicitAccountCreationAllowed: { account_id: string } }
  | { DeleteAccountWithLargeState: { account_id: string } }
  | { DelegateActionSenderDoesNotMatchTxReceiver: { sender_id: string; receiver_id: string } }
  | { DelegateActionAccessKeyError: InvalidAccessKeyError }
  | { DelegateActionInvalidNonce: { delegate_nonce: number; ak_nonce: number } }
  | { DelegateActionNonceTooLarge: { delegate_nonce: number; upper_bound: number } };

/** The failure in an execution outcome; `index` is the action's place in its receipt, absent when no single action is to blame. */
export type TxExecutionError = { ActionError: { index: number | null; kind: ActionErrorKind } } | { InvalidTxError: InvalidTxErrorKind };

/** Thrown by `Chain.submit`; `kind` goes to JSON as it is. */
export class InvalidTxError extends Error {
  readonly kind: InvalidTxErrorKind;
  /** @param kind - in nearcore's serde shape */
  constructor(kind: InvalidTxErrorKind) {
    super(`invalid transaction: ${JSON.stringify(kind)}`);
    this.name = 'InvalidTxError';
    this.kind = kind;
  }
}

/** Thrown by `Chain.submit` when the bytes are no borsh `SignedTransaction`: a parse error of the request. */
export class TxDecodeError extends Error {
  override name = 'TxDecodeError';
}

/** Thrown by the `view…` methods; `code` names the RPC's cause (`UNKNOWN_ACCOUNT`, …). */
export class ViewError extends Error {
  readonly code:
    | 'UNKNOWN_ACCOUNT'
    | 'INVALID_ACCOUNT'
    | 'UNKNOWN_ACCESS_KEY'
    | 'NO_CONTRACT_CODE'
    | 'TOO_LARGE_CONTRACT_STATE'
    | 'CONTRACT_EXECUTION_ERROR';
  /** The VM's text, for `CONTRACT_EXECUTION_ERROR`; else the account or key that was asked for. */
  readonly detail: string;
  constructor(code: ViewError['code'], detail: string) {
    super(`${code}: ${detail}`);
    this.name = 'ViewError';
    this.code = code;
    this.detail = detail;
  }
}
