import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LocalChain, startLocalChain } from '@deai/local-chain';
import {
  callAction,
  callContract,
  computeCalls,
  createNearChain,
  type DeployedNetwork,
  deployNetwork,
  type FunctionCall,
  implicitCredentials,
  type NearAction,
  type NearChain,
  type NearCredentials,
  tokenCalls,
} from '@deai/near';
import { BorshWriter, newKeyPair, sumLeaf } from '@deai/protocol';
import { tempDir } from '@deai/testkit';

const WASM = join(import.meta.dirname, '../../../../contracts/wasm');
const NEAR = 10n ** 24n;
/** A token worth a dollar, of the same code as ours. */
export const USD = 'usd.deai.local';

/** The real contracts on a chain in this process, for the real program to use. */
export interface ChainWorld {
  local: LocalChain;
  chain: NearChain;
  network: DeployedNetwork;
  exchangeId: string;
  /** Folder of credentials files, the root's at `root.json`. */
  folder: string;
  call(signer: NearCredentials, receiverId: string, ...calls: FunctionCall[]): Promise<void>;
  /** A folder with a node's key, and what is known of it. */
  newNode(): Promise<{ dir: string; publicKey: string; accountId: string }>;
  /** Makes a batch final that brings one account a reward; answers what the network would say of it. */
  settle(accountId: string, rewardYocto: bigint): Promise<{ leaf: object; proof: [] }>;
  close(): Promise<void>;
}

export async function createChainWorld(): Promise<ChainWorld> {
  const [local, folder] = [await startLocalChain(), await tempDir()];
  const chain = createNearChain({ rpcUrl: local.rpcUrl });
  const { root } = local;
  const wasm = {
    token: join(WASM, 'deai_token.wasm'),
    compute: join(WASM, 'deai_compute.wasm'),
    exchange: join(WASM, 'exchange_fixture.wasm'),
  };
  const network = await deployNetwork(chain, root, { chainId: 'deai-local', credentialsDir: folder, wasm, exchangeTokens: [USD] });
  const file = { account_id: root.accountId, public_key: root.publicKey, private_key: root.secretKey };
  await writeFile(join(folder, 'root.json'), JSON.stringify(file), { mode: 0o600 });
  const exchangeId = network.exchangeId as string;
  const call: ChainWorld['call'] = async (signer, receiverId, ...calls) =>
    void (await callContract(chain, signer, { receiverId, actions: calls.map(callAction) }));

  return {
    local,
    chain,
    network,
    exchangeId,
    folder,
    call,
    async newNode() {
      const { publicKey, privateKey } = newKeyPair();
      const dir = await tempDir();
      await writeFile(join(dir, 'node-key.pem'), privateKey, { mode: 0o600 });
      return { dir, publicKey, accountId: implicitCredentials(privateKey).accountId };
    },
    async settle(accountId, rewardYocto) {
      const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();
      const sums = [rewardYocto.toString()];
      const reward = sumLeaf(sha256, new BorshWriter().text(accountId).u128(rewardYocto).u64(1).take(), [rewardYocto]);
      const charge = sumLeaf(sha256, new BorshWriter().text(network.sponsorId).u128(rewardYocto).take(), [rewardYocto]);
      const rootOf = (hash: Uint8Array) => ({ hash: Buffer.from(hash).toString('hex'), sums });
      const receipts = { hash: 'ab'.repeat(32), sums: [rewardYocto.toString(), '0'] };
      const roots = { number: 1, receipts, rewards: rootOf(reward.hash), charges: rootOf(charge.hash) };
      await call(network.settler, network.computeId, computeCalls.postBatch(roots));
      await local.chain.advance(3_000);
      await call(network.settler, network.computeId, computeCalls.finalizeBatch(1));
      return { leaf: { account: accountId, cumulative: rewardYocto.toString(), first_batch: 1 }, proof: [] };
    },
    close: () => local.close(),
  };
}

/** Puts a dollar token and a pool of both tokens on the chain: 4 of ours for a dollar. */
export async function openPool({ local: { root }, chain, network, exchangeId, call }: ChainWorld): Promise<void> {
  const init = { owner_id: root.accountId, total_supply: (10n ** 33n).toString() };
  const made: NearAction[] = [
    { type: 'createAccount' },
    { type: 'transfer', yoctoNear: 5n * NEAR },
    { type: 'deploy', wasm: await readFile(join(WASM, 'deai_token.wasm')) },
    callAction({ method: 'new', args: init, gas: 50n * 10n ** 12n }),
  ];
  await callContract(chain, root, { receiverId: USD, actions: made });
  const gas = 60n * 10n ** 12n;
  const near = (method: string, args: object, depositYocto = NEAR / 100n): FunctionCall => ({ method, args, gas, depositYocto });
  await call(root, exchangeId, near('storage_deposit', {}), near('add_simple_pool', { tokens: [network.tokenId, USD], fee: 30 }));
  const amounts = { [network.tokenId]: 400_000n * NEAR, [USD]: 100_000n * NEAR };
  for (const [token, amount] of Object.entries(amounts)) {
    const deposit = near('ft_transfer_call', { receiver_id: exchangeId, amount: amount.toString(), msg: '' }, 1n);
    await call(root, token, tokenCalls.storageDeposit(exchangeId), deposit);
  }
  await call(root, exchangeId, near('add_liquidity', { pool_id: 0, amounts: Object.values(amounts).map(String) }));
}
