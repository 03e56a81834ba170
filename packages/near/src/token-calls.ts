import { callAction, callContract } from './call-contract.ts';
import type { FunctionCall, NearChain, NearCredentials, TransactionOutcome } from './near.types.ts';
import { ContractError } from './near-error.ts';

const TGAS = 10n ** 12n;
/** The token itself demands 30 TGas; the receiver gets what is left after 10 or so. */
const TRANSFER_CALL_GAS = 60n * TGAS;
const TRANSFER_GAS = 15n * TGAS;
const STORAGE_GAS = 15n * TGAS;
/** What an account's record costs with tokens of NEP-141: the price of 125 bytes. */
export const TOKEN_STORAGE_YOCTO = 125n * 10n ** 19n;

/** What tokens are sent to the compute contract for. */
export type Purpose =
  | { register_node: { node_key: string } }
  | { add_stake: { node_key: string } }
  /** Escrow for batches; the sender's without an account. */
  | { deposit: { account_id?: string } }
  /** The settler's. */
  | { bond: Record<string, never> };

/** Calls of a token contract (NEP-141 and 145). Amounts in the token's smallest unit. */
export const tokenCalls = {
  transfer: (receiverId: string, amount: bigint): FunctionCall => ({
    method: 'ft_transfer',
    args: { receiver_id: receiverId, amount: amount.toString() },
    gas: TRANSFER_GAS,
    depositYocto: 1n,
  }),
  transferCall: (receiverId: string, amount: bigint, purpose: Purpose): FunctionCall => ({
    method: 'ft_transfer_call',
    args: { receiver_id: receiverId, amount: amount.toString(), msg: JSON.stringify(purpose) },
    gas: TRANSFER_CALL_GAS,
    depositYocto: 1n,
  }),
  /** Registers the account; the deposit comes back when it was registered before. */
  storageDeposit: (accountId: string): FunctionCall => ({
    method: 'storage_deposit',
    args: { account_id: accountId, registration_only: true },
    gas: STORAGE_GAS,
    depositYocto: TOKEN_STORAGE_YOCTO,
  }),
} as const;

/** Tokens for the compute contract. */
export interface TokensFor {
  tokenId: string;
  computeId: string;
  amountYocto: bigint;
  purpose: Purpose;
}

/**
 * Sends tokens to the compute contract for a purpose. @throws ContractError also when the contract refused them, which leaves the
 * transaction itself successful: the tokens are back with their sender then. Else as {@link callContract}.
 */
export async function sendTokens(chain: NearChain, signer: NearCredentials, tokens: TokensFor): Promise<TransactionOutcome> {
  const { tokenId, computeId, amountYocto, purpose } = tokens;
  const actions = [callAction(tokenCalls.transferCall(computeId, amountYocto, purpose))];
  const outcome = await callContract(chain, signer, { receiverId: tokenId, actions });
  if (outcome.value === amountYocto.toString()) return outcome;
  const what = `${computeId} refused ${Object.keys(purpose)[0]}`;
  throw new ContractError(what, outcome.failures?.[0] ?? 'the tokens were sent back', outcome.hash);
}
