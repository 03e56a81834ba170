import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callContract } from '../call-contract.ts';
import { openCredentials } from '../credentials.ts';
import type { NearChain, NearCredentials } from '../near.types.ts';

/** A new account below the root, with a key of its own. */
export async function newAccount(chain: NearChain, root: NearCredentials, accountId: string, yoctoNear: bigint): Promise<NearCredentials> {
  const folder = await mkdtemp(join(tmpdir(), 'deai-keys-'));
  const account = await openCredentials(join(folder, 'key.json'), accountId);
  await rm(folder, { recursive: true });
  await callContract(chain, root, {
    receiverId: accountId,
    actions: [{ type: 'createAccount' }, { type: 'transfer', yoctoNear }, { type: 'addFullAccessKey', publicKey: account.publicKey }],
  });
  return account;
}
