import type { FunctionCall, NearCredentials, TransactionOutcome } from '@deai/near';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { ChainAccess } from './access.ts';
import { ensureTokenAccount } from './registration.ts';

/** One call of the network's contract. */
export async function act(
  { near, chain, contractId }: ChainAccess,
  signer: NearCredentials,
  call: FunctionCall,
): Promise<TransactionOutcome> {
  return await near.callContract(chain, signer, { receiverId: contractId, actions: [near.callAction(call)] });
}

/**
 * A call that ends in a payment to `payeeId`, who is registered with the token first. Answers the yocto-DEAI paid.
 * @throws CliError when the payment failed; the contract holds everything as before then.
 */
export async function actAndBePaid(access: ChainAccess, signer: NearCredentials, call: FunctionCall, payeeId = signer.accountId) {
  await ensureTokenAccount(access, signer, access.config.token, payeeId);
  const { value, hash, failures } = await act(access, signer, call);
  if (typeof value === 'string' && /^\d+$/.test(value) && value !== '0') return { paidYocto: value, transaction: hash };
  const why = failures?.[0] === undefined ? '' : `: ${failures[0]}`;
  throw new CliError(
    'PAYMENT_FAILED',
    EXIT.refused,
    `Nothing was paid${why}. The contract holds everything as before.`,
    `Look at transaction ${hash}.`,
  );
}
