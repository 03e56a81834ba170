import { NearError } from '@deai/near';
import {
  type AccountLink,
  type AccountLinkRequest,
  accountLinkText,
  DeaiError,
  type Principal,
  parsePublicKey,
  verifyTextAsync,
} from '@deai/protocol';
import type { Bridge } from './bridge.ts';

/** Links a NEAR account to the user who signed with a full-access key of it. @throws DeaiError */
export async function linkAccount(bridge: Bridge, { userId }: Principal, link: AccountLinkRequest): Promise<AccountLink> {
  const { accountId, publicKey, signature } = link;
  const key = parsePublicKey(publicKey);
  const text = accountLinkText(bridge.config.networkId, userId, accountId);
  if (!key || !(await verifyTextAsync(key, text, signature))) {
    throw new DeaiError('ACCOUNT_LINK_INVALID', { reason: 'the signature is not that of the key over the text', text });
  }
  const held = await bridge.chain.accessKey(accountId, publicKey).catch((error: unknown) => {
    if (error instanceof NearError) throw new DeaiError('CHAIN_UNAVAILABLE', { reason: error.message }, { cause: error });
    throw error;
  });
  if (!held?.fullAccess) {
    throw new DeaiError('ACCOUNT_LINK_INVALID', { reason: `the key is no full-access key of ${accountId}` });
  }
  const linked = await bridge.links.link(userId, accountId);
  if (!linked) throw new DeaiError('ACCOUNT_LINKED_ELSEWHERE', { accountId });
  return { accountId, linkedAt: new Date(linked.linkedAtMs).toISOString() };
}
