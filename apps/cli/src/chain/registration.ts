import type { NearCredentials } from '@deai/near';
import type { ChainAccess } from './access.ts';

/** 0.01 NEAR, for more bytes than a node's records have; what is not needed stays the account's. */
export const NODE_STORAGE_YOCTO = 10n ** 22n;

/** Makes sure that the signer has a record with the contract, and NEAR there for further records. */
export async function ensureStorage({ near, chain, contractId }: ChainAccess, signer: NearCredentials, furtherYocto = 0n): Promise<void> {
  const known = await near.storageBalanceOf(chain, contractId, signer.accountId);
  const missing = furtherYocto + (known ? -known.availableYocto : await near.storageMinimum(chain, contractId));
  if (missing <= 0n) return;
  const actions = [near.callAction(near.computeCalls.storageDeposit(missing))];
  await near.callContract(chain, signer, { receiverId: contractId, actions });
}

/** Makes sure that an account can receive a token; the signer pays. */
export async function ensureTokenAccount(
  { near, chain }: ChainAccess,
  signer: NearCredentials,
  tokenId: string,
  accountId: string,
): Promise<void> {
  if (await near.storageBalanceOf(chain, tokenId, accountId)) return;
  const actions = [near.callAction(near.tokenCalls.storageDeposit(accountId))];
  await near.callContract(chain, signer, { receiverId: tokenId, actions });
}
