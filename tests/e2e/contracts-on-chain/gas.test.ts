import { readFile, writeFile } from 'node:fs/promises';
import { type LocalChain, startLocalChain } from '@deai/local-chain';
import {
  COMPUTE,
  CONFIG,
  contractAccounts,
  DEAI,
  deployContracts,
  failureOf,
  gasOf,
  keyOf,
  type ManyCall,
  NEAR,
  send,
  TGAS,
  TOKEN,
  testClock,
  textOf,
} from '@deai/local-chain/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  by,
  CROWD,
  crowdAccounts,
  fill,
  newcomer,
  nodeKeyOf,
  operators,
  order,
  type Person,
  requesters,
  sendTokens,
  settler,
} from './crowd.ts';
import { climb, leafNode, longProof, rewardsLeaf, type Step, type SumNode, signedResult, workReceipt } from './sum-tree.ts';

const FILE = new URL('../../../bench/results/gas.json', import.meta.url);
/** By how much a figure may differ from the committed one. */
const TOLERANCE = 0.02;
/** A tree of a million leaves. */
const STEPS = 20;
const STORAGE_BYTE_YOCTO = 10n ** 19n;

/** Gas burnt by a transaction with all its receipts, and the bound that the function must keep, if it has one; TGas. */
interface Gas {
  tgas: number;
  limit?: number;
}
/** Bytes that a record takes in the contract's storage, and those that its owner pays for, if any. */
interface Storage {
  bytes: number;
  paid?: number;
}

const [operator] = operators as [Person];
const [requester] = requesters as [Person];
const text = (length: number) => 'x'.repeat(length);
/** The longest texts that the contract takes. */
const LONGEST = { kind: text(128), model: text(128), input_uri: text(256) };

let local: LocalChain;
const gas: Record<string, Gas> = {};
const storage: Record<string, Storage> = {};

/** Makes a call, which must succeed, and notes its gas. With a limit, no more than that is attached. */
async function measure(name: string, { signerId, keyName = signerId, ...rest }: ManyCall, limit?: number): Promise<string> {
  const outcome = await send(local.chain, { signerId, key: keyOf(keyName), ...rest });
  expect(failureOf(outcome), name).toBeUndefined();
  const tgas = Math.round((gasOf(outcome) / TGAS) * 1_000) / 1_000;
  gas[name] = limit === undefined ? { tgas } : { tgas, limit };
  return textOf(outcome);
}

const usage = (accountId: string) => local.chain.viewAccount(accountId).storage_usage;

/** Bytes of an account's storage in the compute contract that its records take. */
function paidBytes({ accountId }: Person): number {
  const view = local.chain.callView(COMPUTE, 'storage_balance_of', Buffer.from(JSON.stringify({ account_id: accountId })));
  const { total, available } = JSON.parse(Buffer.from(view.result).toString()) as { total: string; available: string };
  return Number((BigInt(total) - BigInt(available)) / STORAGE_BYTE_YOCTO);
}

/** Notes by how much a contract's storage grows, and what `payer` pays for it. */
async function measureStorage(name: string, contract: string, payer: Person | undefined, work: () => Promise<unknown>): Promise<void> {
  const before = { bytes: usage(contract), paid: payer ? paidBytes(payer) : 0 };
  await work();
  const bytes = usage(contract) - before.bytes;
  storage[name] = payer ? { bytes, paid: paidBytes(payer) - before.paid } : { bytes };
}

/** What a batch brings: a leaf of each tree at the bottom of a long proof, the totals equal. */
function batchOf(number: number, receipt: ReturnType<typeof workReceipt>) {
  const receiptProof = longProof(STEPS, [1_234_567_890_123_456_789_012_345n, 61_728_394_506_172_839_450_617n]);
  const receipts = climb(receipt.node, receiptProof);
  const total = receipts.sums.reduce((sum, value) => sum + BigInt(value), 0n);
  const reward = rewardsLeaf(operator.accountId, BigInt(number) * DEAI, 1);
  const rewardProof = longProof(STEPS, [(BigInt(number) * (total - DEAI)) / BigInt(STEPS)]);
  const rest = BigInt(number) * total - BigInt(climb(reward.node, rewardProof).sums[0] as string);
  const last = rewardProof.at(-1) as Step;
  last.sums = [(BigInt(last.sums[0] as string) + rest).toString()];
  const rewards = climb(reward.node, rewardProof);
  const charges: SumNode = leafNode(Buffer.from(`charges ${number}`), [BigInt(number) * total]);
  return { roots: { number, receipts, rewards, charges }, receiptProof, reward, rewardProof };
}

async function measureTasks(): Promise<void> {
  await measureStorage('task', COMPUTE, requester, async () => {
    const taskId = Number(await measure('submit_task', by(requester, COMPUTE, 'submit_task', { order: order(LONGEST) }, 30), 30));
    expect(taskId).toBe(CROWD.tasks + 1);
    const node = { task_id: taskId, node_key: nodeKeyOf(0) };
    await measure('accept_task', by(operator, COMPUTE, 'accept_task', node));
    const result = { task_id: taskId, output_hash: 'cd'.repeat(32), output_uri: text(256) };
    await measure('submit_result', by(operator, COMPUTE, 'submit_result', result, 100), 100);
  });
}

async function measureNodes(): Promise<void> {
  await measureStorage('node', COMPUTE, operator, () => {
    const msg = { register_node: { node_key: nodeKeyOf('more') } };
    return measure('register_node', sendTokens(operator, BigInt(CONFIG.min_stake), msg, 50), 50);
  });
  await measure('heartbeat', by(operator, COMPUTE, 'heartbeat', { node_key: nodeKeyOf(0), status: 'draining' }, 10), 10);
  await measure('unstake', by(operator, COMPUTE, 'unstake', { node_key: nodeKeyOf(10) }, 100, 1n));
  const ids = { task_id: '00000000-0000-0000-0000-000000000001', lease_id: '00000000-0000-0000-0000-0000000f4241' };
  const sign = (message: Uint8Array) => keyOf('node 0').sign(message).subarray(1);
  const [first, second] = ['one', 'other'].map((output) => signedResult(sign, ids.task_id, ids.lease_id, output));
  const evidence = { equivocation: { ...ids, first, second } };
  const args = { account_id: operator.accountId, node_key: nodeKeyOf(0), evidence };
  await measureStorage('slash', COMPUTE, requester, () => measure('slash', by(requester, COMPUTE, 'slash', args)));
}

async function measureAccounts(): Promise<void> {
  await measure(
    'ft_transfer',
    by(operator, TOKEN, 'ft_transfer', { receiver_id: requester.accountId, amount: DEAI.toString(), memo: text(64) }, 20, 1n),
    20,
  );
  await measureStorage('account', COMPUTE, undefined, () =>
    measure('storage_deposit', by(newcomer, COMPUTE, 'storage_deposit', {}, 100, NEAR)),
  );
  storage.account = { bytes: storage.account?.bytes ?? 0, paid: paidBytes(newcomer) };
  await measure('deposit', sendTokens(newcomer, DEAI, { deposit: {} }));
  await measure('request_withdraw', by(newcomer, COMPUTE, 'request_withdraw', {}, 100, 1n));
}

async function measureBatches(): Promise<void> {
  const receipt = workReceipt(true);
  const first = batchOf(1, receipt);
  const second = batchOf(2, receipt);
  const finalize = (number: number) => by(requester, COMPUTE, 'finalize_batch', { number });
  const window = () => local.chain.advance(CONFIG.challenge_ms);
  await measure('post_batch', by(settler, COMPUTE, 'post_batch', first.roots));
  await window();
  await measure('finalize_batch', finalize(1));
  // Measured again: the first batch builds on none.
  await measureStorage('batch', COMPUTE, settler, () => measure('post_batch', by(settler, COMPUTE, 'post_batch', second.roots)));
  await window();
  await measure('finalize_batch', finalize(2));
  const claim = { leaf: second.reward.leaf, proof: second.rewardProof };
  await measure('claim_rewards', by(operator, COMPUTE, 'claim_rewards', claim));
  const verdict = await measure(
    'verify_task',
    by(requester, COMPUTE, 'verify_task', { number: 2, receipt: receipt.leaf, proof: second.receiptProof }),
  );
  expect(JSON.parse(verdict)).toEqual({ valid: true, included: true, signed: true, batch_status: 'final' });

  const forged = workReceipt(false);
  const third = batchOf(3, forged);
  await measure('post_batch', by(settler, COMPUTE, 'post_batch', third.roots));
  const proof = { bad_signature: { leaf: forged.leaf, proof: third.receiptProof } };
  await measure('challenge', by(requester, COMPUTE, 'challenge', { number: 3, proof }));
}

beforeAll(async () => {
  local = await startLocalChain({ clock: testClock(), accounts: [...contractAccounts(), ...crowdAccounts()] });
  await deployContracts(local.chain);
  await fill(local.chain);
}, 240_000);
afterAll(() => local?.close());

describe(`the contracts with ${CROWD.nodes} nodes and ${CROWD.tasks} direct tasks`, () => {
  it('are as full as that', () => {
    const { result } = local.chain.callView(COMPUTE, 'stats', Buffer.from('{}'));
    expect(JSON.parse(Buffer.from(result).toString())).toMatchObject({ nodes: CROWD.nodes, open_tasks: CROWD.tasks });
  });

  it('keep each function below its limit of gas and each record within what is paid for it, as measured before', async () => {
    await measureTasks();
    await measureNodes();
    await measureAccounts();
    await measureBatches();

    for (const [name, { tgas, limit }] of Object.entries(gas)) expect(tgas, name).toBeLessThan(limit ?? 300);
    for (const [name, { bytes, paid }] of Object.entries(storage))
      expect(bytes, name).toBeLessThanOrEqual(paid ?? Number.POSITIVE_INFINITY);
    const made = { ...gas, storage };
    if (process.env.DEAI_MEASURE === '1') await writeFile(FILE, tableOf(made));
    const { storage: committedStorage, ...committedGas } = JSON.parse(await readFile(FILE, 'utf8')) as typeof made;
    const committed = flat(committedGas as Record<string, Gas>, committedStorage);
    const measured = flat(gas, storage);
    expect(Object.keys(measured)).toEqual(Object.keys(committed));
    for (const [name, value] of Object.entries(measured)) {
      const before = committed[name] ?? 0;
      expect(Math.abs(value / before - 1), `${name}: ${value}, committed ${before}; DEAI_MEASURE=1 writes anew`).toBeLessThanOrEqual(
        TOLERANCE,
      );
    }
  }, 60_000);
});

/** JSON with a line for each figure. */
function tableOf({ storage: records, ...functions }: Record<string, unknown>): string {
  const lines = (values: Record<string, unknown>, indent: string) =>
    Object.entries(values)
      .map(([name, value]) => `${indent}${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  return `{\n${lines(functions, '  ')},\n  "storage": {\n${lines(records as Record<string, unknown>, '    ')}\n  }\n}\n`;
}

/** All figures by name. */
function flat(functions: Record<string, Gas>, records: Record<string, Storage>): Record<string, number> {
  return Object.fromEntries([
    ...Object.entries(functions).map(([name, { tgas }]) => [`${name} TGas`, tgas] as const),
    ...Object.entries(records).map(([name, { bytes }]) => [`${name} bytes`, bytes] as const),
  ]);
}
