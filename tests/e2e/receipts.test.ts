import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReceiptDocument } from '@deai/protocol';
import { verifyReceipt } from '@deai/sdk';
import { spawnProcess, tempDir, waitFor } from '@deai/testkit';
import { beforeAll, expect, test } from 'vitest';
import { type Account, registerAccount, registerNode } from './src/accounts.ts';
import { type AgentProcess, startAgent } from './src/agent-process.ts';
import { startHonestNode } from './src/honest-node.ts';
import { languageTask } from './src/load.ts';
import { CLI, type NetworkProcess, startNetwork } from './src/network-process.ts';
import { offerOf, openNodeSession, resultOf } from './src/node-session.ts';

let network: NetworkProcess;
let requester: Account;
let operator: Account;
let agent: AgentProcess;

beforeAll(async () => {
  network = await startNetwork();
  [requester, operator] = await Promise.all([registerAccount(network.url, 'requester'), registerAccount(network.url, 'operator')]);
  agent = await startAgent({ serverUrl: network.url, operator, kinds: ['language-id'] });
}, 120_000);

const failing = async (...args: Parameters<typeof verifyReceipt>) =>
  (await verifyReceipt(...args)).checks.filter(({ ok }) => ok === false).map(({ check }) => check);
async function deai(...args: string[]) {
  const child = await spawnProcess(process.execPath, [CLI, '--url', network.url, ...args], {
    env: { DEAI_API_KEY: requester.apiKey, NO_COLOR: '1' },
  });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

test('the receipt of work that a real node did verifies, with its output and input; a tampered one does not', async () => {
  const { client } = requester;
  const input = { texts: ['Le chat dort sur le canapé.', 'The cat sleeps.'] };
  const task = await client.run('language-id', input);
  const document = await client.tasks.receipt(task.id);
  const { publicKey } = await client.nodes.get(agent.nodeId);
  expect(document).toMatchObject({
    version: 1,
    receipt: { taskId: task.id, nodeKey: publicKey, rewardYocto: task.rewardYocto, feeYocto: task.feeYocto, outputHash: task.outputHash },
  });
  const keys = await client.network.keys();
  const options = { network: keys, output: task.output, input };
  const verdict = await verifyReceipt(document, options);
  expect(verdict.checks.filter(({ ok }) => ok !== true).map(({ check }) => check)).toEqual(['inclusion', 'root_on_chain']);
  expect(verdict.valid).toBe(true);

  const { receipt } = document;
  const changed = (more: Partial<ReceiptDocument['receipt']>) => ({ ...document, receipt: { ...receipt, ...more } });
  expect(await failing(changed({ rewardYocto: `${BigInt(receipt.rewardYocto) + 1n}` }), options)).toEqual(['gateway_signature']);
  expect(await failing(changed({ units: '99' }), options)).toEqual(['node_signature', 'gateway_signature']);
  expect(await failing({ ...document, networkId: 'another' }, options)).toEqual(['gateway_signature', 'gateway_key']);
  expect(await failing(document, { ...options, output: { results: [] } })).toEqual(['output']);

  const file = join(await tempDir('deai-e2e-receipt-'), 'receipt.json');
  expect(await deai('receipt', 'get', task.id, '--out', file)).toMatchObject({ code: 0 });
  expect(await deai('receipt', 'verify', file)).toMatchObject({ code: 0, output: expect.stringContaining('The receipt is valid') });
  await writeFile(file, JSON.stringify(changed({ payee: 'thief.near' })));
  expect(await deai('receipt', 'verify', file)).toMatchObject({ code: 1, output: expect.stringContaining('✗ signature of the network') });
});

test('results that came in one frame each have a receipt of their own, also where the network judged otherwise than the node signed', async () => {
  const [region, count] = ['elsewhere', 40];
  const session = await openNodeSession(await registerNode(network.url, operator.apiKey, region));
  await session.hello({ offer: offerOf({ region, credits: count }) });
  await requester.client.tasks.submitMany(Array.from({ length: count }, () => ({ ...languageTask(), requirements: { region } })));
  await waitFor(() => session.tasks.length === count);
  // Begun before it was assigned, and for no units: the network counts both in its own way.
  const odd = { startedAtMs: Date.now() - 3_600_000, units: 0, runMs: 0.1 + 0.2 };
  session.results(session.tasks.map((task) => resultOf(task, odd)));
  const keys = await requester.client.network.keys();
  for (const { taskId } of session.tasks) {
    const task = await requester.client.tasks.wait(taskId);
    expect(task).toMatchObject({ status: 'completed', unitsUsed: expect.any(Number) });
    const document = await requester.client.tasks.receipt(taskId);
    expect(document.receipt).toMatchObject({ startedAtMs: odd.startedAtMs, units: '0', runMs: '0.30000000000000004' });
    const verdict = await verifyReceipt(document, { network: keys, output: task.output });
    expect(verdict.valid, JSON.stringify(verdict)).toBe(true);
  }
  await session.cut();
});

test('there is no receipt of a task that did not complete, nor of somebody else’s', async () => {
  const region = 'nowhere';
  const identity = await registerNode(network.url, operator.apiKey, region);
  const node = await startHonestNode(identity, { offer: { region }, serviceMs: 60_000 });
  const { id } = await requester.client.tasks.submit({ ...languageTask(), requirements: { region } });
  const missing = { code: 'RECEIPT_NOT_AVAILABLE', status: 409 };
  await expect(requester.client.tasks.receipt(id)).rejects.toMatchObject(missing);
  await requester.client.tasks.cancel(id);
  await expect(requester.client.tasks.receipt(id)).rejects.toMatchObject({ ...missing, details: { status: 'cancelled' } });
  const other = await registerAccount(network.url, 'requester');
  await expect(other.client.tasks.receipt(id)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND', status: 404 });
  await node.stop();
});
