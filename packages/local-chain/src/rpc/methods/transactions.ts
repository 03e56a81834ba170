import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import type { TxHandle, TxOutcome, TxProgress } from '../../chain.types.ts';
import { base58 } from '../../crypto/base58.ts';
import { InvalidTxError, TxDecodeError } from '../../errors.types.ts';
import { AccountId, Base64, decodeBase64, defineMethod, Hash } from '../params.ts';
import type { RpcContext, RpcMethod } from '../rpc.types.ts';
import { handlerError, parseError, type RpcError } from '../rpc-error.ts';
import { hasReached, TX_PROGRESS, txView } from '../tx-view.ts';

const WaitUntil = Type.Optional(Type.Enum([...TX_PROGRESS]));
const Send = Type.Object({ signed_tx_base64: Base64, wait_until: WaitUntil });
const ByHash = Type.Object({ tx_hash: Hash, sender_account_id: Type.Optional(AccountId), wait_until: WaitUntil });
const Status = Type.Union([ByHash, Send]);

const DEFAULT_WAIT: TxProgress = 'EXECUTED_OPTIMISTIC';

/** Puts a signed transaction on its way. One that is in the chain already counts as sent: clients send again after a timeout. */
function submit({ chain, underWay }: RpcContext, signedTxBase64: string): string {
  const bytes = decodeBase64(signedTxBase64, 'signed_tx_base64');
  let handle: TxHandle;
  try {
    handle = chain.submit(bytes);
  } catch (error) {
    if (error instanceof TxDecodeError) throw parseError(`Failed parsing args: ${error.message}`);
    if (!(error instanceof InvalidTxError)) throw error;
    const known = possibleHashes(bytes).find((hash) => chain.txOutcome(hash));
    if (known && typeof error.kind === 'object' && 'InvalidNonce' in error.kind) return known;
    throw invalidTransaction(error);
  }
  underWay.set(handle.hash, handle);
  const forget = () => underWay.delete(handle.hash);
  handle.executed.then(forget, forget);
  return handle.hash;
}

/** A transaction's hash is that of its bytes without the signature, whose length depends on its type, which stands in its first byte. */
function possibleHashes(signedTx: Buffer): string[] {
  return [65, 66].map((length) => base58(createHash('sha256').update(signedTx.subarray(0, -length)).digest()));
}

function invalidTransaction(error: InvalidTxError): RpcError {
  return handlerError('INVALID_TRANSACTION', {}, { TxExecutionError: { InvalidTxError: error.kind } });
}

/** Waits until a transaction has got as far as is asked. @throws RpcError UNKNOWN_TRANSACTION, TIMEOUT_ERROR */
async function waitForTx(context: RpcContext, hash: string, wanted: TxProgress): Promise<TxOutcome | undefined> {
  const { chain, underWay } = context;
  const handle = underWay.get(hash);
  if (wanted === 'NONE') return chain.txOutcome(hash);
  if (handle && wanted.startsWith('INCLUDED')) await before(context.waitTimeoutMs, handle.included);
  else if (handle) return await before(context.waitTimeoutMs, handle.executed);
  const now = chain.txOutcome(hash);
  if (now && hasReached(now.progress, wanted)) return now;
  if (!now) throw handlerError('UNKNOWN_TRANSACTION', { requested_transaction_hash: hash }, `Transaction ${hash} doesn't exist`);
  return await reachedByBlocks(context, hash, wanted);
}

/** For transactions that were not sent here, or before the last start. */
function reachedByBlocks({ chain, waitTimeoutMs }: RpcContext, hash: string, wanted: TxProgress): Promise<TxOutcome> {
  const { promise, resolve } = Promise.withResolvers<TxOutcome>();
  const stop = chain.onBlock(() => {
    const outcome = chain.txOutcome(hash);
    if (outcome && hasReached(outcome.progress, wanted)) resolve(outcome);
  });
  return before(waitTimeoutMs, promise).finally(stop);
}

async function before<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(handlerError('TIMEOUT_ERROR', undefined, 'Timeout')), timeoutMs);
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function send(context: RpcContext, { signed_tx_base64: tx, wait_until: wanted = DEFAULT_WAIT }: Static<typeof Send>) {
  return await answer(context, submit(context, tx), wanted, false);
}

async function answer(context: RpcContext, hash: string, wanted: TxProgress, withReceipts: boolean): Promise<object> {
  const outcome = await waitForTx(context, hash, wanted);
  return outcome ? txView(outcome, withReceipts) : { final_execution_status: 'NONE' };
}

function status(withReceipts: boolean) {
  return async (context: RpcContext, params: Static<typeof Status>): Promise<object> => {
    const hash = 'tx_hash' in params ? params.tx_hash : submit(context, params.signed_tx_base64);
    return await answer(context, hash, params.wait_until ?? DEFAULT_WAIT, withReceipts);
  };
}

const tx = ([signed]: readonly unknown[]) => ({ signed_tx_base64: signed });
const hashAndSender = ([hash, sender]: readonly unknown[]) =>
  sender === undefined ? { signed_tx_base64: hash } : { tx_hash: hash, sender_account_id: sender };

/** Sending transactions and asking what became of them. */
export const transactionMethods: Record<string, RpcMethod> = {
  send_tx: defineMethod(Send, send, tx),
  broadcast_tx_commit: defineMethod(Send, (context, params) => send(context, { ...params, wait_until: DEFAULT_WAIT }), tx),
  broadcast_tx_async: defineMethod(Send, (context, { signed_tx_base64: signed }) => submit(context, signed), tx),
  tx: defineMethod(Status, status(false), hashAndSender),
  EXPERIMENTAL_tx_status: defineMethod(Status, status(true), hashAndSender),
  EXPERIMENTAL_receipt: defineMethod(Type.Object({ receipt_id: Hash }), ({ chain }, { receipt_id: id }) => {
    const receipt = chain.receipt(id);
    if (receipt) return receipt;
    throw handlerError('UNKNOWN_RECEIPT', { receipt_id: id }, `Receipt with id ${id} has never been observed on this node`);
  }),
};
