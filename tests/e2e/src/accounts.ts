import { randomUUID } from 'node:crypto';
import { type NodeRegistered, newKeyPair } from '@deai/protocol';
import { DeaiClient } from '@deai/sdk';

/** A registered user with a client that uses an API key. */
export interface Account {
  client: DeaiClient;
  apiKey: string;
  userId: string;
}

/** A registered node, with the key that is its identity. */
export interface NodeIdentity {
  nodeId: string;
  networkId: string;
  sessionUrl: string;
  /** Where else the node tries when it is not let in there. */
  otherUrls?: string[];
  /** PKCS#8 PEM. */
  privateKey: string;
}

/** Registers a user. The key is needed once: the client is given no session, so that a restart of the server ends nothing. */
export async function registerAccount(baseUrl: string, role: 'requester' | 'operator'): Promise<Account> {
  const first = new DeaiClient({ baseUrl });
  const { user } = await first.auth.register({ email: `${randomUUID()}@e2e.example`, password: randomUUID(), roles: [role] });
  const { key } = await first.user.apiKeys.create({ name: 'e2e' });
  return { client: new DeaiClient({ baseUrl, apiKey: key }), apiKey: key, userId: user.id };
}

/** Registers a node of an operator. */
export async function registerNode(baseUrl: string, operatorKey: string, region?: string): Promise<NodeIdentity> {
  const { publicKey, privateKey } = newKeyPair();
  const response = await fetch(`${baseUrl}/api/v1/nodes/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ publicKey, name: 'simulated', ...(region ? { region } : {}) }),
  });
  if (response.status !== 201) throw new Error(`node not registered: ${response.status} ${await response.text()}`);
  const { nodeId, networkId, sessionUrl } = (await response.json()) as NodeRegistered;
  return { nodeId, networkId, sessionUrl, privateKey };
}

/** The account with a client that does not repeat anything by itself, and what came back to it without being told when to come again. */
export function impatient(baseUrl: string, { apiKey, userId }: Account): { account: Account; refusals: Refusals } {
  const refusals: Refusals = { total: 0, withoutRetryAfter: [] };
  const watching: typeof globalThis.fetch = async (url, init) => {
    const answer = await globalThis.fetch(url, init);
    if (![429, 503, 504].includes(answer.status)) return answer;
    refusals.total++;
    if (!(Number(answer.headers.get('retry-after')) > 0)) refusals.withoutRetryAfter.push(await answer.clone().text());
    return answer;
  };
  return { account: { apiKey, userId, client: new DeaiClient({ baseUrl, apiKey, retries: 0, fetch: watching }) }, refusals };
}

/** Answers 429, 503 and 504. */
export interface Refusals {
  total: number;
  /** Bodies of those without a Retry-After. */
  withoutRetryAfter: string[];
}
