import { callAction, type FunctionCall, NearError, type TransactionStatus } from '@deai/near';
import { type Bridge, Stuck } from './bridge.ts';

/** A transaction of the settler as it is kept before it is sent. */
export interface SettlerTransaction {
  hash: string;
  bytes: string;
  nonce: bigint;
}

/** Signs a call of the contract with the next nonce. To be kept before it is sent. @throws Stuck without the key; NearError */
export async function signCall({ chain, settler, contract, settlements }: Bridge, call: FunctionCall): Promise<SettlerTransaction> {
  const [key, block] = await Promise.all([chain.accessKey(settler.accountId, settler.publicKey), chain.finalBlock()]);
  if (!key) throw new Stuck(`the key of the settler ${settler.accountId} is not on the chain: check DEAI_SETTLER_CREDENTIALS`);
  const nonce = await settlements.nextNonce(key.nonce);
  const { hash, bytes } = await chain.sign({
    signer: settler,
    receiverId: contract.id,
    actions: [callAction(call)],
    nonce,
    blockHash: block.hash,
  });
  return { hash, bytes, nonce };
}

/**
 * Where a kept transaction stands, sent if the chain does not know it. `refused` when it can have no effect any more: a chain that refuses one
 * may do so because it has run, so it is looked up once more. @throws NearError
 */
export async function carryTransaction(
  { chain, settler }: Bridge,
  signed: SettlerTransaction,
): Promise<TransactionStatus | { refused: string }> {
  const known = await chain.status(signed.hash, settler.accountId);
  if (known.state !== 'unknown') return known;
  try {
    return await chain.send({ ...signed, signerId: settler.accountId });
  } catch (error) {
    if (!(error instanceof NearError) || error.kind !== 'rejected') throw error;
    const now = await chain.status(signed.hash, settler.accountId);
    return now.state === 'unknown' ? { refused: error.message } : now;
  }
}
