import { createCredentials } from '@deai/local-chain';
import { callContract, DEVELOPMENT_CONFIG, type FunctionCall, type NearAction, type NearCredentials } from '@deai/near';
import type { World } from './world.ts';

const GAS = 100n * 10n ** 12n;
const NEAR = 10n ** 24n;
const STORAGE = NEAR / 10n;
const APPEAL_MS = DEVELOPMENT_CONFIG.appeal_ms;

const call = (method: string, args: object, depositYocto = 0n): NearAction => ({
  type: 'call',
  call: { method, args, gas: GAS, depositYocto } satisfies FunctionCall,
});

/** What anybody may do with the contracts, as accounts of their own. */
async function send({ chain }: World, signer: NearCredentials, receiverId: string, ...actions: NearAction[]): Promise<unknown> {
  return (await callContract(chain, signer, { receiverId, actions })).value;
}

async function register(world: World, accountId: string): Promise<void> {
  const { root, deployed } = world;
  const deposit = () => call('storage_deposit', { account_id: accountId }, STORAGE);
  await send(world, root, deployed.tokenId, deposit());
  await send(world, root, deployed.computeId, deposit());
}

export async function claimRewards(world: World, payee: string, reward: { leaf: object; proof: object }): Promise<void> {
  await register(world, payee);
  await send(world, world.root, world.deployed.computeId, call('claim_rewards', reward));
}

export async function retractBatch(world: World, number: number): Promise<void> {
  await send(world, world.deployed.settler, world.deployed.computeId, call('retract_batch', { number }));
}

/** A new account with this much in escrow. */
export async function depositToken(world: World, name: string, yocto: bigint): Promise<NearCredentials> {
  const { root, deployed } = world;
  const account = createCredentials(`${name}.${root.accountId}`);
  await send(
    world,
    root,
    account.accountId,
    { type: 'createAccount' },
    { type: 'transfer', yoctoNear: 10n * NEAR },
    { type: 'addFullAccessKey', publicKey: account.publicKey },
  );
  await register(world, account.accountId);
  await send(world, root, deployed.tokenId, call('ft_transfer', { receiver_id: account.accountId, amount: `${yocto}` }, 1n));
  const msg = JSON.stringify({ deposit: {} });
  await send(world, account, deployed.tokenId, call('ft_transfer_call', { receiver_id: deployed.computeId, amount: `${yocto}`, msg }, 1n));
  return account;
}

/** A node of the account, with this stake. */
export async function stakeNode(world: World, account: NearCredentials, nodeKey: string, yocto: bigint): Promise<void> {
  const { root, deployed } = world;
  await send(world, root, deployed.tokenId, call('ft_transfer', { receiver_id: account.accountId, amount: `${yocto}` }, 1n));
  const msg = JSON.stringify({ register_node: { node_key: nodeKey } });
  await send(world, account, deployed.tokenId, call('ft_transfer_call', { receiver_id: deployed.computeId, amount: `${yocto}`, msg }, 1n));
}

export async function unstakeNode(world: World, account: NearCredentials, nodeKey: string, yocto: bigint): Promise<void> {
  await send(world, account, world.deployed.computeId, call('unstake', { node_key: nodeKey, amount: `${yocto}` }, 1n));
}

/** A verdict of the arbiter on a node that nobody appeals against, executed. */
export async function slashNode(world: World, account: NearCredentials, nodeKey: string, yocto: bigint): Promise<void> {
  const { root, deployed } = world;
  const evidence = { verdict: { amount: `${yocto}`, evidence_hash: 'ab'.repeat(32), reporter: null } };
  await register(world, root.accountId);
  const verdict = call('slash', { account_id: account.accountId, node_key: nodeKey, evidence });
  const slashId = await send(world, root, deployed.computeId, verdict);
  await world.pass(APPEAL_MS + 1_000);
  await send(world, root, deployed.computeId, call('execute_slash', { slash_id: slashId }));
}

export async function requestWithdraw(world: World, account: NearCredentials): Promise<void> {
  await send(world, account, world.deployed.computeId, call('request_withdraw', { amount: null }, 1n));
}

/** Pays an open request; returns the amount. */
export async function withdraw(world: World, account: NearCredentials, charges: unknown): Promise<unknown> {
  return await send(world, account, world.deployed.computeId, call('withdraw', { charges }, 1n));
}
