import type { Chain } from '../chain.types.ts';
import type { Action } from '../runtime/action.types.ts';
import { call, encodeTransaction, failureOf, keyOf, TGAS } from '../runtime/fixtures/transactions.fixture.ts';

/** A call that somebody makes; `keyName` names the signer's key where it is not named as the account. */
export interface ManyCall {
  readonly signerId: string;
  readonly keyName?: string;
  readonly receiverId: string;
  readonly actions: readonly Action[];
}

/** Encodes and signs calls in order, with nonces that follow one another for each signer. Nothing else may use these keys meanwhile. */
export function encodeMany(chain: Chain, calls: readonly ManyCall[]): Buffer[] {
  const nonces = new Map<string, number>();
  return calls.map(({ signerId, keyName = signerId, receiverId, actions }) => {
    const key = keyOf(keyName);
    const nonce = (nonces.get(signerId) ?? chain.viewAccessKey(signerId, key.text).nonce) + 1;
    nonces.set(signerId, nonce);
    return Buffer.from(encodeTransaction(chain, { signerId, receiverId, actions, key, nonce }));
  });
}

/**
 * Sends encoded transactions, each of `callers` its next one when its last was executed.
 * @throws Error with what failed in the first transaction that fails
 */
export async function sendMany(chain: Chain, encoded: readonly Uint8Array[], callers = 256): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < encoded.length) {
      const outcome = await chain.submit(encoded[next++] as Uint8Array).executed;
      const failure = failureOf(outcome);
      if (failure) throw new Error(`transaction ${outcome.transaction.hash} failed: ${JSON.stringify(failure)}`);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

/** A call with 100 TGas by an account with the key of its name. */
export function by(signerId: string, receiverId: string, method: string, args: object, deposit = 0n): ManyCall {
  return { signerId, receiverId, actions: [call(method, args, 100 * TGAS, deposit)] };
}
