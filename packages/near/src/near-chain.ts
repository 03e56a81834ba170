import Type from 'typebox';
import { Value } from 'typebox/value';
import { checked } from './checked.ts';
import type { NearChain, SignedTransaction, TransactionStatus } from './near.types.ts';
import { NearError, NodeError } from './near-error.ts';
import { viewOf } from './near-view.ts';
import { statusOf } from './outcome.ts';
import { kindText } from './panic.ts';
import { createRpc, type Rpc } from './rpc.ts';
import { signTransaction } from './sign-transaction.ts';

export interface NearChainOptions {
  /** JSON-RPC of a NEAR node. May carry an API key: it is never logged nor told. */
  rpcUrl: string;
  /** For one attempt; reads are tried up to three times. 10 s when left out. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** The answer repeats the transaction, which may hold a contract. */
const MAX_OUTCOME_BYTES = 16 * 1_048_576;

const KeyAnswer = Type.Object({ nonce: Type.Integer({ minimum: 0 }), permission: Type.Unknown() });
/** What `query` answers for a key that is not there. */
const NoKey = Type.Object({ error: Type.String({ pattern: 'does not exist' }) });
const AccountAnswer = Type.Object({ amount: Type.String({ pattern: '^[0-9]{1,39}$' }) });
/** What a transaction may be refused for that passes by itself. */
const CONGESTED = /^Shard(Congested|Stuck)/;

/** NEAR through a node's JSON-RPC; borsh and signatures are near-api-js's. */
export function createNearChain({ rpcUrl, timeoutMs = TIMEOUT_MS }: NearChainOptions): NearChain {
  const rpc = createRpc({ url: rpcUrl, timeoutMs });
  const view = viewOf(rpc);
  return {
    rpcUrl,
    finalBlock: () => view.finalBlock(),
    view: (call) => view.call(call),
    sign: signTransaction,
    send: (transaction) => send(rpc, transaction),
    status: (hash, signerId) => status(rpc, hash, signerId),
    async accessKey(accountId, publicKey) {
      // Of the newest block, not the last final one: a nonce that was just used is seen.
      const params = { request_type: 'view_access_key', finality: 'optimistic', account_id: accountId, public_key: publicKey };
      const answer = await unless(['UNKNOWN_ACCOUNT', 'UNKNOWN_ACCESS_KEY'], rpc('query', params));
      if (answer === undefined || Value.Check(NoKey, answer)) return undefined;
      const { nonce, permission } = checked(KeyAnswer, answer, 'the NEAR node answered no access key');
      return { nonce: BigInt(nonce), fullAccess: permission === 'FullAccess' };
    },
    async balance(accountId) {
      const params = { request_type: 'view_account', finality: 'optimistic', account_id: accountId };
      const answer = await unless(['UNKNOWN_ACCOUNT'], rpc('query', params));
      return answer === undefined ? undefined : BigInt(checked(AccountAnswer, answer, 'the NEAR node answered no account').amount);
    },
  };
}

/** `undefined` in place of these errors of the node. */
async function unless<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NodeError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

async function status(rpc: Rpc, hash: string, signerId: string, attempts?: number): Promise<TransactionStatus> {
  const params = { tx_hash: hash, sender_account_id: signerId, wait_until: 'NONE' };
  const limits = { maxBytes: MAX_OUTCOME_BYTES, ...(attempts === undefined ? {} : { attempts }) };
  const answer = await unless(['UNKNOWN_TRANSACTION'], rpc('tx', params, limits));
  return answer === undefined ? { state: 'unknown' } : statusOf(answer);
}

async function send(rpc: Rpc, { hash, bytes, signerId }: SignedTransaction): Promise<TransactionStatus> {
  try {
    const params = { signed_tx_base64: bytes, wait_until: 'FINAL' };
    // Once: whoever sends keeps the bytes and can send them again.
    return statusOf(await rpc('send_tx', params, { attempts: 1, maxBytes: MAX_OUTCOME_BYTES }));
  } catch (error) {
    // The node took it and stopped waiting.
    if (error instanceof NodeError && error.code === 'TIMEOUT_ERROR') return { state: 'pending' };
    const refusal = refusalOf(error);
    if (refusal !== undefined && CONGESTED.test(refusal)) {
      throw new NearError('unreachable', `the chain is congested: ${refusal}`, { cause: error });
    }
    if (refusal === undefined && !(error instanceof NearError && error.kind === 'unreachable')) throw error;
    // It may have arrived before the connection broke, or earlier: then its nonce is used, but by itself.
    const known = await status(rpc, hash, signerId, 1).catch(() => undefined);
    if (known && known.state !== 'unknown') return known;
    // Not without the answer of a node that knows nothing of it: what is in the chain must not be called refused.
    if (refusal === undefined || !known) throw asUnreachable(error);
    throw new NearError('rejected', `the chain refuses the transaction: ${refusal}`, { cause: error });
  }
}

/** Why the node refuses a transaction for good; `undefined` for any other error. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof NodeError) || error.code !== 'INVALID_TRANSACTION') return undefined;
  const { TxExecutionError } = (error.details.data ?? {}) as { TxExecutionError?: { InvalidTxError?: unknown } };
  return kindText(TxExecutionError?.InvalidTxError ?? 'INVALID_TRANSACTION').slice(0, 300);
}

function asUnreachable(error: unknown): NearError {
  if (error instanceof NearError && error.kind === 'unreachable') return error;
  return new NearError('unreachable', 'the NEAR node does not say whether the transaction is in the chain', { cause: error });
}
