import { readFile, rm, writeFile } from 'node:fs/promises';
import { type LocalChain, startLocalChain } from '@deai/local-chain';
import { newKeyPair } from '@deai/protocol';
import { tempDir } from '@deai/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callAction, callContract } from '../call-contract.ts';
import { type BatchRoots, computeCalls } from '../compute-calls.ts';
import { claimedOf, escrowOf, ftBalanceOf, getBatch, getConfig, getNode, getStats, storageBalanceOf } from '../compute-views.ts';
import { credentialsPath, implicitCredentials, readCredentials } from '../credentials.ts';
import type { FunctionCall, NearChain, NearCredentials } from '../near.types.ts';
import { createNearChain } from '../near-chain.ts';
import { newAccount } from '../testing/accounts.ts';
import { sendTokens, tokenCalls } from '../token-calls.ts';
import type { DeployedNetwork, DeployOptions } from './deploy.types.ts';
import { deployNetwork } from './deploy-network.ts';

const DEAI = 10n ** 24n;
const NEAR = 10n ** 24n;
const wasmOf = (name: string) => new URL(`../../../../contracts/wasm/${name}.wasm`, import.meta.url);
const WASM = { token: wasmOf('deai_token'), compute: wasmOf('deai_compute'), exchange: wasmOf('exchange_fixture') };
const CHAIN_ID = 'deai-local';

let local: LocalChain;
let chain: NearChain;
let credentialsDir: string;
let network: DeployedNetwork;
let steps: string[];
const options = (): DeployOptions => ({ chainId: CHAIN_ID, credentialsDir, wasm: WASM, onStep: (step) => steps.push(step) });

beforeAll(async () => {
  local = await startLocalChain();
  chain = createNearChain({ rpcUrl: local.rpcUrl });
  credentialsDir = await tempDir();
  steps = [];
  network = await deployNetwork(chain, local.root, options());
});
afterAll(() => local.close());

describe('a deployed network', () => {
  it('has its contracts, bond and escrow, and the keys in files', async () => {
    const { tokenId, computeId, settler, sponsorId, treasuryId } = network;
    expect(await getConfig(chain, computeId)).toMatchObject({
      token: tokenId,
      settler: settler.accountId,
      treasury: treasuryId,
      challenge_ms: 2_000,
    });
    expect(await getStats(chain, computeId)).toMatchObject({ paused: false, posted: 0, nodes: 0 });
    expect(await escrowOf(chain, computeId, sponsorId)).toMatchObject({ escrow: (10n ** 8n * DEAI).toString(), request_amount: null });
    expect(await ftBalanceOf(chain, tokenId, computeId)).toBe(10n ** 8n * DEAI + 1_000n * DEAI);
    expect(await ftBalanceOf(chain, tokenId, local.root.accountId)).toBe(9n * 10n ** 8n * DEAI - 1_000n * DEAI);
    expect(await readCredentials(network.settlerPath)).toEqual(settler);
    expect(await storageBalanceOf(chain, computeId, settler.accountId)).toMatchObject({ totalYocto: 25n * NEAR });
  });

  it('is left as it is by a second run', async () => {
    const { height } = local.chain.head;
    steps = [];
    expect(await deployNetwork(chain, local.root, options())).toEqual(network);
    expect([steps, local.chain.head.height]).toEqual([[], height]);
  });

  it('says whose key is missing', async () => {
    const path = credentialsPath(credentialsDir, CHAIN_ID, network.sponsorId);
    const kept = await readFile(path);
    await rm(path);
    await expect(deployNetwork(chain, local.root, options())).rejects.toThrow(`${network.sponsorId} is there already`);
    await rm(path);
    await writeFile(path, kept, { mode: 0o600 });
  });
});

it('a run that was cut off after any step is finished by the next', async () => {
  const fresh = await startLocalChain();
  const wanted = createNearChain({ rpcUrl: fresh.rpcUrl });
  const folder = await tempDir();
  let runs = 0;
  let done: DeployedNetwork | undefined;
  while (!done) {
    runs++;
    let sent = 0;
    // Cut off in the middle of every run's second transaction: sent, and nobody heard of its end.
    const cut: NearChain = {
      ...wanted,
      send: async (transaction) => {
        const status = await wanted.send(transaction);
        if (++sent === 2) throw new Error('killed');
        return status;
      },
    };
    const given = { ...options(), credentialsDir: folder };
    done = await deployNetwork(cut, fresh.root, given).catch((error: Error) => {
      if (error.message !== 'killed') throw error;
      return undefined;
    });
  }
  expect(runs).toBeGreaterThan(4);
  const { computeId, tokenId, sponsorId } = done;
  expect(await ftBalanceOf(wanted, tokenId, computeId)).toBe(10n ** 8n * DEAI + 1_000n * DEAI);
  expect(await ftBalanceOf(wanted, tokenId, sponsorId)).toBe(0n);
  await fresh.close();
});

describe('calls of the contract', () => {
  const empty = { hash: '0'.repeat(64), sums: ['0'] };
  const roots = (number: number): BatchRoots => ({ number, receipts: { ...empty, sums: ['0', '0'] }, rewards: empty, charges: empty });
  const asSettler = (call: FunctionCall) =>
    callContract(chain, network.settler, { receiverId: network.computeId, actions: [callAction(call)] });

  it('post, retract, finalise and prune batches', async () => {
    const posted = await asSettler(computeCalls.postBatch(roots(1)));
    expect(posted.logs.join()).toContain('batch_posted');
    await asSettler(computeCalls.retractBatch(1));
    expect(await getBatch(chain, network.computeId, 1)).toMatchObject({ status: 'rejected' });
    await asSettler(computeCalls.postBatch(roots(2)));
    await expect(asSettler(computeCalls.postBatch(roots(2)))).rejects.toMatchObject({
      kind: 'failed',
      code: expect.stringMatching(/^ERR_/),
    });
    await local.chain.advance(3_000);
    await asSettler(computeCalls.finalizeBatch(2));
    expect(await getStats(chain, network.computeId)).toMatchObject({ posted: 2, last_final: 2 });
    expect(await getBatch(chain, network.computeId, 9)).toBeNull();
    await local.chain.advance(3_600_001);
    await asSettler(computeCalls.pruneBatches(10));
    expect(await getBatch(chain, network.computeId, 1)).toBeNull();
  });

  it('stake for a node by its own key, take it back, and say why not', async () => {
    const { tokenId, computeId } = network;
    const node = implicitCredentials(newKeyPair().privateKey);
    const stake = (amountYocto: bigint, purpose: 'register_node' | 'add_stake') =>
      sendTokens(chain, node, { tokenId, computeId, amountYocto, purpose: { [purpose]: { node_key: node.publicKey } } as never });
    await callContract(chain, local.root, { receiverId: node.accountId, actions: [{ type: 'transfer', yoctoNear: 2n * NEAR }] });
    await callContract(chain, local.root, {
      receiverId: tokenId,
      actions: [tokenCalls.storageDeposit(node.accountId), tokenCalls.transfer(node.accountId, 500n * DEAI)].map(callAction),
    });
    await expect(stake(200n * DEAI, 'register_node')).rejects.toMatchObject({ code: 'ERR_NOT_REGISTERED' });
    expect(await ftBalanceOf(chain, tokenId, node.accountId)).toBe(500n * DEAI);
    const act = (...calls: FunctionCall[]) => callContract(chain, node, { receiverId: computeId, actions: calls.map(callAction) });
    await act(computeCalls.storageDeposit(NEAR / 10n));
    await expect(stake(50n * DEAI, 'register_node')).rejects.toThrow(/ERR_STAKE: below min_stake/);
    await stake(200n * DEAI, 'register_node');
    await stake(100n * DEAI, 'add_stake');
    await act(computeCalls.heartbeat(node.publicKey, 'paused'));
    expect(await getNode(chain, computeId, node.accountId, node.publicKey)).toMatchObject({
      stake: (300n * DEAI).toString(),
      status: 'paused',
      eligible: false,
    });
    await act(computeCalls.unstake(node.publicKey));
    await expect(act(computeCalls.withdrawStake(node.publicKey))).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
    await local.chain.advance(10_001);
    await act(computeCalls.withdrawStake(node.publicKey));
    expect(await ftBalanceOf(chain, tokenId, node.accountId)).toBe(500n * DEAI);
    expect(await getNode(chain, computeId, node.accountId, node.publicKey)).toBeNull();
  });

  it('deposit to escrow and leave it in two steps', async () => {
    const { tokenId, computeId } = network;
    const ann: NearCredentials = await newAccount(chain, local.root, `ann.${local.root.accountId}`, 5n * NEAR);
    const act = (...calls: FunctionCall[]) => callContract(chain, ann, { receiverId: computeId, actions: calls.map(callAction) });
    await callContract(chain, local.root, {
      receiverId: tokenId,
      actions: [tokenCalls.storageDeposit(ann.accountId), tokenCalls.transfer(ann.accountId, 10n * DEAI)].map(callAction),
    });
    await act(computeCalls.storageDeposit(NEAR / 100n));
    await sendTokens(chain, ann, { tokenId, computeId, amountYocto: 7n * DEAI, purpose: { deposit: {} } });
    await act(computeCalls.requestWithdraw(5n * DEAI));
    await act(computeCalls.cancelWithdraw());
    await act(computeCalls.requestWithdraw());
    const absent = { absent: { before: null, after: null } };
    await expect(act(computeCalls.withdraw(absent))).rejects.toMatchObject({ code: 'ERR_NOT_DUE' });
    await local.chain.advance(60_001);
    expect((await act(computeCalls.withdraw(absent))).value).toBe((7n * DEAI).toString());
    expect(await ftBalanceOf(chain, tokenId, ann.accountId)).toBe(10n * DEAI);
    expect(await claimedOf(chain, computeId, ann.accountId)).toBe(0n);
    await expect(
      act(computeCalls.claimRewards({ leaf: { account: ann.accountId, cumulative: '5', first_batch: 1 }, proof: [] })),
    ).rejects.toMatchObject({
      code: 'ERR_PROOF',
    });
  });
});
