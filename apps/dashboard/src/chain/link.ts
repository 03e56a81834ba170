import { accountLinkText } from '@deai/protocol/names';
import { client } from '../api/session.ts';
import { signingKeyOf } from './signing-key.ts';

/** The account that is to be linked, and a full-access key of it. */
export interface LinkOrder {
  accountId: string;
  secretKey: string;
}

/**
 * Signs in this page that the account belongs to the user who is logged in, and links it. Only the signature leaves the page.
 * @throws Error in words for people, without the key; DeaiApiError as the network answers.
 */
export async function linkAccount({ accountId, secretKey }: LinkOrder): Promise<string> {
  const key = signingKeyOf(secretKey);
  if (!key) throw new Error('This is no secret key: paste “ed25519:…”.');
  const [{ networkId }, user] = await Promise.all([client.network.keys(), client.user.profile()]);
  const text = new TextEncoder().encode(accountLinkText(networkId, user.id, accountId));
  const { signature } = key.sign(text);
  const linked = await client.settlement.linkAccount({
    accountId,
    publicKey: key.getPublicKey().toString(),
    signature: btoa(String.fromCharCode(...signature)),
  });
  return linked.accountId;
}
