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
