import type * as NearApi from 'near-api-js';
import type { NearAction, SignedTransaction, TransactionDraft } from './near.types.ts';
import { NearError } from './near-error.ts';

/** Signs; the same draft gives the same bytes. Asks nobody. @throws NearError `failed` for a key or hash that is none. */
export async function signTransaction({ signer, receiverId, actions, nonce, blockHash }: TransactionDraft): Promise<SignedTransaction> {
  // Loaded only here: most programs that read the chain never sign.
  const near = await import('near-api-js');
  const keys = keySigner(near, signer.secretKey, signer.accountId);
  const draft = near.createTransaction(
    signer.accountId,
    await keys.getPublicKey(),
    receiverId,
    nonce,
    actions.map((action) => actionOf(near.actions, action, near.PublicKey)),
    near.baseDecode(blockHash),
  );
  const { txHash, signedTransaction } = await keys.signTransaction(draft);
  return {
    hash: near.baseEncode(txHash),
    bytes: Buffer.from(near.encodeTransaction(signedTransaction)).toString('base64'),
    signerId: signer.accountId,
    nonce,
  };
}

function keySigner({ KeyPair, KeyPairSigner }: typeof NearApi, secretKey: string, accountId: string): NearApi.KeyPairSigner {
  try {
    return new KeyPairSigner(KeyPair.fromString(secretKey as NearApi.KeyPairString));
  } catch {
    // Without the cause, which may repeat the key.
    throw new NearError('failed', `the key of ${accountId} is no NEAR secret key`);
  }
}

function actionOf(actions: typeof NearApi.actions, action: NearAction, PublicKey: typeof NearApi.PublicKey): NearApi.Action {
  switch (action.type) {
    case 'call': {
      const { method, args, gas, depositYocto = 0n } = action.call;
      return actions.functionCall(method, new Uint8Array(Buffer.from(JSON.stringify(args))), gas, depositYocto);
    }
    case 'transfer':
      return actions.transfer(action.yoctoNear);
    case 'createAccount':
      return actions.createAccount();
    case 'addFullAccessKey':
      return actions.addFullAccessKey(PublicKey.from(action.publicKey));
    case 'deploy':
      return actions.deployContract(action.wasm);
  }
}
