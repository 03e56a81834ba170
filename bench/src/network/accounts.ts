import { randomBytes } from 'node:crypto';
import { type NodeRegistered, newKeyPair, type Role } from '@deai/protocol';
import { DeaiClient } from '@deai/sdk';
import type { BenchOptions } from '../options.ts';

/** A registered node, with the key that is its identity. */
export interface NodeIdentity {
  nodeId: string;
  networkId: string;
  /** PKCS#8 PEM. */
  privateKey: string;
}

/** Everybody who takes part. */
export interface Participants {
  /** API keys of the requesters. */
  requesterKeys: string[];
  nodes: NodeIdentity[];
}

/** Registers requesters, operators and their nodes through the API, as anybody would. */
export async function registerParticipants(url: string, options: BenchOptions): Promise<Participants> {
  const requesterKeys = await mapLimited(range(options.requesters), 4, (i) => registerUser(url, `requester-${i}`, 'requester'));
  const operatorKeys = await mapLimited(range(options.operators), 4, (i) => registerUser(url, `operator-${i}`, 'operator'));
  const nodes = await mapLimited(range(options.nodes), 16, (i) =>
    registerNode(url, operatorKeys[i % operatorKeys.length] as string, `bench-${i}`),
  );
  return { requesterKeys, nodes };
}

async function registerUser(baseUrl: string, name: string, role: Exclude<Role, 'admin'>): Promise<string> {
  const client = new DeaiClient({ baseUrl });
  await client.auth.register({ email: `${name}@bench.example`, password: randomBytes(18).toString('base64url'), roles: [role] });
  return (await client.user.apiKeys.create({ name: 'bench' })).key;
}

async function registerNode(url: string, apiKey: string, name: string): Promise<NodeIdentity> {
  const { publicKey, privateKey } = newKeyPair();
  const response = await fetch(`${url}/api/v1/nodes/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ publicKey, name }),
  });
  if (!response.ok) throw new Error(`a node was not registered: ${response.status} ${await response.text()}`);
  const { nodeId, networkId } = (await response.json()) as NodeRegistered;
  return { nodeId, networkId, privateKey };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** `work` on every item, `limit` at a time; results in the items' order. */
export async function mapLimited<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  async function worker(): Promise<void> {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
