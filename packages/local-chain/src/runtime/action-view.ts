import type { AccessKeyView, ActionView, ReceiptView, TransactionView } from '../chain.types.ts';
import { base58 } from '../crypto/base58.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { AccessKey, Action } from './action.types.ts';
import { publicKeyText } from './public-key.ts';
import type { Receipt } from './receipt.ts';
import type { SignedTransaction } from './transaction.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** A signature in RPC's words. */
function signatureText(signature: Uint8Array): string {
  return `${signature[0] === 0 ? 'ed25519' : 'secp256k1'}:${base58(signature.subarray(1))}`;
}

/** As in RPC. */
export function accessKeyView(key: AccessKey): AccessKeyView {
  const { permission } = key;
  if (permission.kind === 'FullAccess') return { nonce: key.nonce, permission: 'FullAccess' };
  const allowance = permission.allowance === null ? null : permission.allowance.toString();
  const { receiverId: receiver_id, methodNames } = permission;
  return { nonce: key.nonce, permission: { FunctionCall: { allowance, receiver_id, method_names: [...methodNames] } } };
}

/** As in RPC. A deployed contract is shown by its hash. */
function actionView(action: Action): ActionView {
  switch (action.kind) {
    case 'CreateAccount':
      return 'CreateAccount';
    case 'DeployContract':
      return { DeployContract: { code: base64(sha256(action.code)) } };
    case 'FunctionCall':
      return {
        FunctionCall: { method_name: action.method, args: base64(action.args), gas: action.gas, deposit: action.deposit.toString() },
      };
    case 'Transfer':
      return { Transfer: { deposit: action.deposit.toString() } };
    case 'Stake':
      return { Stake: { stake: action.stake.toString(), public_key: publicKeyText(action.publicKey) } };
    case 'AddKey':
      return { AddKey: { public_key: publicKeyText(action.publicKey), access_key: accessKeyView(action.accessKey) } };
    case 'DeleteKey':
      return { DeleteKey: { public_key: publicKeyText(action.publicKey) } };
    case 'DeleteAccount':
      return { DeleteAccount: { beneficiary_id: action.beneficiaryId } };
    case 'Delegate':
      return {
        Delegate: {
          delegate_action: {
            sender_id: action.senderId,
            receiver_id: action.receiverId,
            actions: action.actions.map(actionView),
            nonce: action.nonce,
            max_block_height: action.maxBlockHeight,
            public_key: publicKeyText(action.publicKey),
          },
          signature: signatureText(action.signature),
        },
      };
  }
}

/** As in RPC. */
export function transactionView(tx: SignedTransaction): TransactionView {
  return {
    signer_id: tx.signerId,
    public_key: publicKeyText(tx.publicKey),
    nonce: tx.nonce,
    receiver_id: tx.receiverId,
    actions: tx.actions.map(actionView),
    priority_fee: 0,
    signature: signatureText(tx.signature),
    hash: tx.hash,
  };
}

/** As in RPC. */
export function receiptView(receipt: Receipt): ReceiptView {
  const common = { predecessor_id: receipt.predecessorId, receiver_id: receipt.receiverId, receipt_id: receipt.id, priority: 0 } as const;
  if (receipt.kind === 'data') {
    const data = receipt.data === null ? null : base64(receipt.data);
    return { ...common, receipt: { Data: { data_id: receipt.dataId, data, is_promise_resume: receipt.isResume } } };
  }
  return {
    ...common,
    receipt: {
      Action: {
        signer_id: receipt.signerId,
        signer_public_key: publicKeyText(receipt.signerPublicKey),
        gas_price: receipt.gasPrice.toString(),
        output_data_receivers: receipt.outputDataReceivers.map(({ dataId, receiverId }) => ({ data_id: dataId, receiver_id: receiverId })),
        input_data_ids: [...receipt.inputDataIds],
        actions: receipt.actions.map(actionView),
        is_promise_yield: receipt.isYield,
      },
    },
  };
}
