import { setTimeout as delay } from 'node:timers/promises';
import type {
  FunctionCall,
  NearAction,
  NearChain,
  NearCredentials,
  SignedTransaction,
  TransactionOutcome,
  TransactionStatus,
} from './near.types.ts';
import { ContractError, NearError } from './near-error.ts';

/** What one transaction does. */
export interface ContractCall {
  receiverId: string;
  /** In order; all of them or none. */
  actions: readonly NearAction[];
}

export interface CallOptions {
  /** How long to wait until it is final, in ms. A minute when left out. */
  limitMs?: number;
  /** Between two looks while it is not, in ms. */
  pollMs?: number;
}

const LIMIT_MS = 60_000;
const POLL_MS = 500;

/** A contract call as the action of a transaction. */
export function callAction(call: FunctionCall): NearAction {
  return { type: 'call', call };
}

/**
 * Signs with the key's next nonce, sends, and waits until the transaction is final. Not twice at once with one key: both would take the
 * same nonce, and one be refused.
 * @throws ContractError when it failed, with the contract's own words. NearError `unreachable` when its end is not known yet: it may
 * still have its effect. `rejected` when it never will.
 */
export async function callContract(
  chain: NearChain,
  signer: NearCredentials,
  { receiverId, actions }: ContractCall,
  options: CallOptions = {},
): Promise<TransactionOutcome> {
  const [key, block] = await Promise.all([chain.accessKey(signer.accountId, signer.publicKey), chain.finalBlock()]);
  if (!key) {
    const why = (await chain.balance(signer.accountId)) === undefined ? 'it does not exist' : 'the key is none of its access keys';
    throw new NearError('rejected', `${signer.accountId} cannot sign: ${why}`);
  }
  const transaction = await chain.sign({ signer, receiverId, actions, nonce: key.nonce + 1n, blockHash: block.hash });
  const outcome = await sendUntilFinal(chain, transaction, options);
  if (outcome.ok) return outcome;
  throw new ContractError(whatOf(receiverId, actions), outcome.error ?? 'no reason given', outcome.hash);
}

async function sendUntilFinal(chain: NearChain, transaction: SignedTransaction, { limitMs = LIMIT_MS, pollMs = POLL_MS }: CallOptions) {
  const deadline = Date.now() + limitMs;
  let status: TransactionStatus | undefined;
  let problem: unknown;
  for (;;) {
    try {
      // What no node knows was lost on the way: the same bytes again have no second effect.
      status = status?.state === 'pending' ? await chain.status(transaction.hash, transaction.signerId) : await chain.send(transaction);
      if (status.state === 'final') return status.outcome;
    } catch (error) {
      if (!(error instanceof NearError) || error.kind !== 'unreachable') throw error;
      problem = error;
    }
    if (Date.now() + pollMs > deadline) break;
    await delay(pollMs);
  }
  const message = `transaction ${transaction.hash} of ${transaction.signerId} is not final after ${Math.round(limitMs / 1000)} s; it may still take effect`;
  throw new NearError('unreachable', message, { cause: problem });
}

function whatOf(receiverId: string, actions: readonly NearAction[]): string {
  return `${receiverId} refused ${actions.map((action) => (action.type === 'call' ? action.call.method : action.type)).join(', ')}`;
}
