import { ChainBatch, createNearChain } from '@deai/near';
import type { ReceiptDocument, SettlementStatus } from '@deai/protocol';
import { verifyReceipt } from '@deai/sdk';
import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { type Account, registerAccount, registerNode } from './src/accounts.ts';
import { untilAllEnded } from './src/books.ts';
import { startHonestNode } from './src/honest-node.ts';
import { startLoad } from './src/load.ts';
import { startNetwork } from './src/network-process.ts';

const ROUNDS = 4;
const TASKS_A_ROUND = 60;
const SETTLE_MS = 60_000;
const env = { DEAI_SETTLEMENT: 'on', DEAI_SETTLE_EVERY_MS: '200' };

/** Waits until all that completed is final on chain. */
function untilSettled({ client }: Account, tasks: number): Promise<SettlementStatus> {
  return waitFor(
    async () => {
      const status = await client.settlement.status();
      if (status.receipts < tasks || status.batches.waiting + status.batches.posted > 0) throw new Error(JSON.stringify(status));
      return status;
    },
    { timeoutMs: SETTLE_MS, intervalMs: 250, what: 'the settlement of everything' },
  );
}

test('a server that is killed while it settles puts every task on chain once, and chain and ledger agree to the last unit', async () => {
  let network = await startNetwork({ env });
  const { dataDir, port, url } = network;
  const [requester, operator] = await Promise.all([registerAccount(url, 'requester'), registerAccount(url, 'operator')]);
  const node = await startHonestNode(await registerNode(url, operator.apiKey), { serviceMs: 5 });
  const load = startLoad(requester, 8);
  for (let round = 1; round <= ROUNDS; round++) {
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size >= before + TASKS_A_ROUND, { timeoutMs: 30_000, what: `the load of round ${round}` });
    await network.crash();
    network = await startNetwork({ dataDir, port, env });
    await waitFor(() => node.welcomes > round, { timeoutMs: 30_000, what: 'the return of the node' });
  }
  await load.stop();
  const tasks = await untilAllEnded(requester, 60_000);
  const completed = tasks.filter(({ status }) => status === 'completed');
  const status = await untilSettled(requester, completed.length);

  expect(status).toMatchObject({ receipts: completed.length, problem: null, batches: { rejected: 0 } });
  const sumOf = (amounts: (string | null)[]) => amounts.reduce((sum, amount) => sum + BigInt(amount ?? 0), 0n).toString();
  expect(status.finalRewardYocto).toBe(sumOf(completed.map(({ rewardYocto }) => rewardYocto)));
  expect(status.finalFeeYocto).toBe(sumOf(completed.map(({ feeYocto }) => feeYocto)));

  const chain = createNearChain({ rpcUrl: status.rpcUrl as string });
  const batchOnChain = (number: number) =>
    chain.view({ contract: status.contractId, method: 'get_batch', args: { number }, schema: ChainBatch });
  const last = await batchOnChain(status.batches.lastFinal);
  expect(last.rewards.sums[0]).toBe((BigInt(status.finalRewardYocto) + BigInt(status.finalFeeYocto)).toString());

  // One receipt of each batch, checked against what the contract holds.
  const keys = await requester.client.network.keys();
  const seen = new Map<number, ReceiptDocument>();
  for (const { id } of completed) {
    const document = await requester.client.tasks.receipt(id);
    if (!document.batch) throw new Error(`task ${id} has no batch`);
    seen.set(document.batch.id, document);
  }
  for await (const task of requester.client.tasks.list({ status: 'completed' })) expect(task.settlement).toBe('settled');
  expect(seen.size).toBeGreaterThan(ROUNDS);
  for (const [number, document] of seen) {
    const { receipts, status: state } = await batchOnChain(number);
    const root = { batchId: number, contractId: status.contractId, status: state, hash: receipts.hash, sums: receipts.sums };
    const verdict = await verifyReceipt(document, { network: keys, root });
    expect(verdict.checks.filter(({ check, ok }) => !ok && check !== 'input' && check !== 'output')).toEqual([]);
    expect(verdict.valid).toBe(true);
  }
  await node.stop();
  await network.stop();
}, 300_000);

test('tasks go on without a chain, and a network that settles nothing says so', async () => {
  const network = await startNetwork();
  const [requester, operator] = await Promise.all([registerAccount(network.url, 'requester'), registerAccount(network.url, 'operator')]);
  const node = await startHonestNode(await registerNode(network.url, operator.apiKey));
  const { id } = await requester.client.tasks.submit({ kind: 'language-id', input: { texts: ['How do you do?'] } });
  expect((await requester.client.tasks.wait(id)).status).toBe('completed');
  expect((await requester.client.tasks.receipt(id)).batch).toBeUndefined();
  await expect(requester.client.settlement.status()).rejects.toMatchObject({ code: 'SETTLEMENT_OFF', status: 404 });
  await node.stop();
  await network.stop();
});
