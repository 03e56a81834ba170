import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DeaiClient } from '@deai/sdk';
import { spawnProcess, tempDir, waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { type Account, registerAccount } from './src/accounts.ts';
import { startAgent } from './src/agent-process.ts';
import { languageTask } from './src/load.ts';
import { CLI, type NetworkProcess, startNetwork } from './src/network-process.ts';

const ONE = 10n ** 24n;
const SEEN_MS = 30_000;

/** `deai … --json` as somebody runs it; what it printed. */
async function deai<T>(network: NetworkProcess, account: Account, ...args: string[]): Promise<T> {
  const child = await spawnProcess(process.execPath, [CLI, '--url', network.url, ...args, '--json'], {
    env: { DEAI_API_KEY: account.apiKey, NO_COLOR: '1' },
  });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`deai ${args.join(' ')}: ${child.output()}`);
  return JSON.parse(child.output()) as T;
}

/** A requester whose key may change the account, too. */
async function registerOwner(baseUrl: string): Promise<Account> {
  const client = new DeaiClient({ baseUrl });
  const { user } = await client.auth.register({ email: `${randomUUID()}@e2e.example`, password: randomUUID(), roles: ['requester'] });
  const scopes = ['tasks:read', 'tasks:write', 'billing:read', 'account:read', 'account:write'] as const;
  const { key } = await client.user.apiKeys.create({ name: 'e2e', scopes: [...scopes] });
  return { client: new DeaiClient({ baseUrl, apiKey: key }), apiKey: key, userId: user.id };
}

test('a node asks, stakes, is confirmed and works; it gets no more work once its stake is asked back; a deposit is spent and comes back', async () => {
  const network = await startNetwork({
    env: {
      DEAI_SETTLEMENT: 'on',
      DEAI_NODES_REQUIRE_STAKE: 'true',
      DEAI_SETTLE_EVERY_MS: '200',
      DEAI_CHAIN_POLL_MS: '200',
      DEAI_STARTING_CREDIT: '0',
    },
  });
  const root = join(network.dataDir, 'chain', 'credentials', 'deai-local', 'deai.local.json');
  const [requester, operator] = await Promise.all([registerOwner(network.url), registerAccount(network.url, 'operator')]);
  const agent = await startAgent({ serverUrl: network.url, operator, kinds: ['language-id'] });
  const ofNode = ['--node-dir', agent.dataDir];

  // Requested, not staked: it is connected and gets nothing.
  const { client } = operator;
  expect(await client.nodes.why(agent.nodeId)).toMatchObject({ reason: 'not_staked', explanation: expect.stringContaining('deai stake') });

  // The requester has nothing either, until it deposits from an account that it proved to hold.
  const file = join(await tempDir('deai-e2e-ann-'), 'ann.json');
  const ann = 'ann.deai.local';
  const fund = (account: string, ...more: string[]) => deai(network, operator, 'chain', 'fund', account, ...more, '--credentials', root);
  await fund(ann, '--create', file, '--near', '5', '--tokens', '3');
  await deai(network, requester, 'link', '--credentials', file);
  await deai(network, requester, 'deposit', '2', '--credentials', file);
  const available = async () => BigInt((await requester.client.user.billing()).availableYocto);
  await waitFor(async () => (await available()) === 2n * ONE, { timeoutMs: SEEN_MS, what: 'the deposit in the ledger' });

  const { accountId } = await deai<{ accountId: string }>(network, operator, 'balance', ...ofNode);
  await fund(accountId, '--near', '2', '--tokens', '100');
  await deai(network, operator, 'stake', '100', ...ofNode);
  await waitFor(async () => (await client.nodes.why(agent.nodeId)).reason !== 'not_staked', { timeoutMs: SEEN_MS, what: 'the stake' });
  expect(await client.nodes.get(agent.nodeId)).toMatchObject({ stakeYocto: (100n * ONE).toString(), stakeAccount: accountId });

  const task = await requester.client.run('language-id', languageTask().input as { texts: string[] });
  const price = BigInt(task.priceYocto ?? 0);
  expect(price).toBeGreaterThan(0n);
  const settled = await waitFor(
    async () => {
      const document = await requester.client.tasks.receipt(task.id);
      return (await requester.client.tasks.get(task.id)).settlement === 'settled' ? document : undefined;
    },
    { timeoutMs: SEEN_MS, what: 'settlement' },
  );
  expect(settled.receipt).toMatchObject({ payer: ann, payee: accountId });

  // It leaves: first what it can spend is gone, then the contract pays what was not charged.
  await deai(network, requester, 'withdraw', '--credentials', file);
  await waitFor(async () => (await available()) === 0n, { timeoutMs: SEEN_MS, what: 'the withdrawal in the ledger' });
  const tokensOf = async (id: string) => BigInt((await deai<{ tokensYocto: string }>(network, operator, 'balance', id)).tokensYocto);
  await waitFor(
    async () => {
      await deai(network, requester, 'withdraw', '--credentials', file);
      return (await tokensOf(ann)) === 3n * ONE - price;
    },
    { timeoutMs: 60_000, intervalMs: 1_000, what: 'the payment of the escrow' },
  );

  await deai(network, operator, 'claim', ...ofNode);
  expect(await tokensOf(accountId)).toBe(BigInt(task.rewardYocto ?? 0));
  await deai(network, operator, 'unstake', ...ofNode);
  await waitFor(async () => (await client.nodes.why(agent.nodeId)).reason === 'not_staked', {
    timeoutMs: SEEN_MS,
    what: 'the loss of the stake',
  });
  expect(await requester.client.network.ledger()).toMatchObject({ balanced: true });
  await agent.process.stop();
  await network.stop();
}, 300_000);
