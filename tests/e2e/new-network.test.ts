import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { registerAccount } from './src/accounts.ts';
import { startAgent } from './src/agent-process.ts';
import { languageTask } from './src/load.ts';
import { startNetwork } from './src/network-process.ts';

const SETTLED_MS = 60_000;
const TASKS = 20;

test('a network that just started has a history within seconds, and tells where all its tokens are', async () => {
  const network = await startNetwork({ env: { DEAI_SETTLEMENT: 'on', DEAI_SETTLE_EVERY_MS: '200' } });
  const [requester, operator] = await Promise.all([registerAccount(network.url, 'requester'), registerAccount(network.url, 'operator')]);
  const { network: told, settlement } = requester.client;
  const history = async () => await told.history({ minutes: 5 });
  await waitFor(async () => (await history()).length > 1, { timeoutMs: 5_000, what: 'a second sample' });

  const agent = await startAgent({ serverUrl: network.url, operator, kinds: ['language-id'] });
  const submitted = await requester.client.tasks.submitMany(Array.from({ length: TASKS }, () => languageTask()));
  const tasks = await Promise.all(submitted.map(({ id }) => requester.client.tasks.wait(id)));
  const samples = await waitFor(
    async () => {
      const all = await history();
      const { completedTasks = 0, throughput = 0 } = all.at(-1) ?? {};
      return completedTasks === TASKS && throughput > 0 ? all : undefined;
    },
    { timeoutMs: 5_000, what: 'the tasks in the history' },
  );
  expect(samples.at(-1)?.activeNodes).toBe(1);
  expect(samples.at(-1)?.queueMsP95).toBeGreaterThan(0);
  const times = samples.map(({ at }) => Date.parse(at));
  expect(times).toEqual(times.toSorted((a, b) => a - b));

  const sumOf = (amounts: (string | null)[]) => amounts.reduce((sum, amount) => sum + BigInt(amount ?? 0), 0n);
  const earned = sumOf(tasks.flatMap(({ rewardYocto, feeYocto }) => [rewardYocto, feeYocto]));
  const token = await waitFor(
    async () => {
      const now = await settlement.token();
      return BigInt(now.settledYocto) === earned ? now : undefined;
    },
    { timeoutMs: SETTLED_MS, intervalMs: 500, what: 'settled rewards and fees' },
  );
  expect(sumOf([token.contractYocto, token.treasuryYocto, token.elsewhereYocto])).toBe(BigInt(token.supplyYocto));
  expect(sumOf(Object.values(token.parts))).toBe(BigInt(token.heldYocto));
  expect(token).toMatchObject({ heldYocto: token.contractYocto, claimedYocto: '0', parts: { unclaimedYocto: `${earned}` } });
  await agent.process.stop();
  await network.stop();
}, 180_000);

test('a network without a chain tells of no token', async () => {
  const network = await startNetwork();
  const { client } = await registerAccount(network.url, 'requester');
  await expect(client.settlement.token()).rejects.toMatchObject({ code: 'SETTLEMENT_OFF', status: 404 });
  await network.stop();
});
