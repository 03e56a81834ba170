import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeaiApiError, DeaiClient } from '@deai/sdk';

/** A password nobody has to type. */
const newPassword = () => randomBytes(24).toString('base64url');

/** A new requester for this run, registered through the API. */
export async function registerRequester(baseUrl: string): Promise<{ client: DeaiClient; account: Account }> {
  const client = new DeaiClient({ baseUrl });
  const account = { email: `requester-${randomBytes(4).toString('hex')}@demo.example`, password: newPassword() };
  await client.auth.register({ ...account, name: 'Demo requester' });
  return { client, account };
}

/** An account as its user logs in. */
export interface Account {
  email: string;
  password: string;
}

/** The dashboard's login with the account filled in, and the page that it leads to. What stands behind the `#` is sent to nobody. */
export function loginLink(baseUrl: string, { email, password }: Account, next: '/tasks' | '/nodes'): string {
  return `${baseUrl}/login?${new URLSearchParams({ next })}#${new URLSearchParams({ email, password })}`;
}

/**
 * The operator of the demo's nodes: the same in every run, for the nodes keep their keys.
 * Returns an API key that may register nodes.
 */
export async function operatorKey(baseUrl: string, dataDir: string): Promise<{ key: string; client: DeaiClient; account: Account }> {
  const file = join(dataDir, 'operator.json');
  const client = new DeaiClient({ baseUrl });
  const known = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Account,
    () => undefined,
  );
  const account = known ?? { email: `operator-${randomBytes(4).toString('hex')}@demo.example`, password: newPassword() };
  if (!known) await writeFile(file, JSON.stringify(account), { mode: 0o600 });
  try {
    await client.auth.login(account);
  } catch (error) {
    // Unknown on the first run, and when an earlier one was stopped between writing the file and registering.
    if (!(error instanceof DeaiApiError) || error.code !== 'INVALID_CREDENTIALS') throw error;
    await client.auth.register({ ...account, name: 'Demo operator', roles: ['operator'] });
  }
  for (const old of await client.user.apiKeys.list()) if (old.revokedAt === null) await client.user.apiKeys.revoke(old.id);
  const { key } = await client.user.apiKeys.create({ name: 'demo nodes', scopes: ['nodes:read', 'nodes:write'] });
  return { key, client, account };
}
