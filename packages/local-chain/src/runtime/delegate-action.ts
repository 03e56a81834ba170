import { verifySignature } from '../crypto/signature.ts';
import { keyRefusal } from './accept-transaction.ts';
import type { DelegateAction } from './action.types.ts';
import { delegatedSendFees, prepaidGas, receiptExecFees } from './action-fees.ts';
import { NONCES_PER_BLOCK } from './environment.ts';
import { publicKeyBytes, publicKeyText } from './public-key.ts';
import type { Apply } from './receipt-run.ts';

/** Checks a meta transaction against its sender's key and sends on what it asks for; the relayer has paid. */
export const delegate: Apply<DelegateAction> = (run, action) => {
  const { state, height } = run.env;
  const { senderId, receiverId, publicKey, nonce } = action;
  if (!verifySignature(publicKeyBytes(publicKey), action.hash, action.signature)) return 'DelegateActionInvalidSignature';
  if (height > action.maxBlockHeight) return 'DelegateActionExpired';
  if (senderId !== run.accountId) {
    return { DelegateActionSenderDoesNotMatchTxReceiver: { sender_id: senderId, receiver_id: run.accountId } };
  }
  const key = state.accessKey(senderId, publicKey);
  if (key === undefined) {
    const missing = { account_id: senderId, public_key: publicKeyText(publicKey) };
    return { DelegateActionAccessKeyError: { AccessKeyNotFound: missing } };
  }
  if (nonce <= key.nonce) return { DelegateActionInvalidNonce: { delegate_nonce: nonce, ak_nonce: key.nonce } };
  const upperBound = height * NONCES_PER_BLOCK;
  if (nonce >= upperBound) return { DelegateActionNonceTooLarge: { delegate_nonce: nonce, upper_bound: upperBound } };
  const refusal = keyRefusal(key, receiverId, action.actions);
  if (refusal !== undefined) return { DelegateActionAccessKeyError: refusal };

  state.set('accessKey', senderId, publicKey, { ...key, nonce });
  run.burn(delegatedSendFees(action));
  run.gasUsed += receiptExecFees(action.actions, receiverId) + prepaidGas(action.actions);
  run.newReceipts.push({
    kind: 'action',
    id: run.ids.next(),
    txHash: run.receipt.txHash,
    predecessorId: senderId,
    receiverId,
    signerId: run.receipt.signerId,
    signerPublicKey: run.receipt.signerPublicKey,
    gasPrice: run.receipt.gasPrice,
    outputDataReceivers: [],
    inputDataIds: [],
    actions: action.actions,
    isYield: false,
  });
  return undefined;
};
